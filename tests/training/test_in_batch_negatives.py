"""Networks of two vectors that learn from the items of the batch."""

import keras
import numpy as np
import pytest

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records, column
from multimodal_zoo.modalities import Categorical, IdSequence
from multimodal_zoo.training.in_batch_negatives import chosen_items, in_batch_network
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.splits import adapt

ITEMS = 12
SETTINGS = {"batch_size": 32, "learning_rate": 0.02, "verbose": 0, "in_batch_negatives": "item"}


def network(**arguments):
    """Whose next item follows from the last one of the history."""
    keras.utils.set_random_seed(0)
    item = Categorical(ITEMS + 2)
    history = IdSequence(ITEMS + 2, 4, ids_of="item")
    return mz.create_model(
        "sasrec", item=item, history=history, embedding_dim=8, blocks=1, **{"dropout": 0.0, **arguments}
    )


def choices(count, seed):
    """After item i comes i + 1; beside each choice stands an item drawn at random, which was not chosen."""
    random = np.random.default_rng(seed)
    last = random.integers(ITEMS, size=count)
    histories = [[str(number) for number in (*random.integers(ITEMS, size=2), one)] for one in last]
    chosen, drawn = (last + 1) % ITEMS, random.integers(ITEMS, size=count)
    items = [str(number) for pair in zip(chosen, drawn, strict=True) for number in pair]
    columns = {"item": column(items), "history": column(one for one in histories for _ in range(2))}
    return Records(columns, np.tile([1.0, 0.0], count).astype("float32"))


@pytest.fixture(scope="module")
def bundle():
    return mz.fit(network(), (choices(256, 0), choices(64, 1)), epochs=15, patience=15, **SETTINGS)


def test_the_item_that_follows_stands_first(bundle):
    model = bundle.model
    vectors = [keras.Model(model.input, model.get_layer(f"{side}_vector").output) for side in ("user", "item")]
    test = choices(64, 2)
    chosen = prepare(test.take(test.labels == 1), bundle.modalities)
    users = vectors[0].predict(chosen.inputs(False), verbose=0)
    every = Records({"item": column(map(str, range(ITEMS))), "history": column([["0"]] * ITEMS)}, np.ones(ITEMS))
    items = vectors[1].predict(prepare(every, bundle.modalities).inputs(False), verbose=0)
    wanted = test.columns["item"][test.labels == 1].astype(int)
    assert np.mean((users @ items.T).argmax(axis=1) == wanted) > 0.9
    assert mz.evaluate(bundle, test)["auc"] > 0.9
    assert bundle.metrics["beats_constant"] is True


def test_a_bundle_is_asked_and_kept_like_any_other(bundle, tmp_path):
    loaded = mz.load_bundle(bundle.save(tmp_path / "bundle"))
    record = {"item": "3", "history": ["1", "2"]}
    assert mz.predict_record(loaded, record) == mz.predict_record(bundle, record)
    assert not any("in_batch" in layer.name for layer in loaded.model.layers)


def test_the_scores_are_those_of_the_network_less_how_often_an_item_is_drawn():
    model = network()
    prepared = prepare(choices(8, 0), adapt(model.modalities, choices(8, 0)))
    taught = in_batch_network(model, "item")
    scores = taught.predict(prepared.inputs(False), verbose=0)
    said = model.predict(prepared.inputs(False), verbose=0)[:, 0]
    logits = np.log(said) - np.log1p(-said)
    # Before any training every item is drawn as often as any other.
    np.testing.assert_allclose(np.diag(scores) - logits, np.diag(scores)[0] - logits[0], atol=1e-4)


def test_only_what_was_chosen_is_learned_from():
    data = choices(8, 0)
    modalities = adapt(network().modalities, data)
    prepared = prepare(data, modalities)
    chosen = chosen_items(prepared, "item")
    assert len(chosen) == 8
    np.testing.assert_array_equal(chosen.labels, prepared.content["item"].numpy()[::2, 0])
    np.testing.assert_array_equal(chosen.content["history"], prepared.content["history"].numpy()[::2])
    nothing = Records(data.columns, np.zeros(16, "float32"))
    with pytest.raises(ValueError, match="needs records with the label 1"):
        chosen_items(prepare(nothing, modalities), "item")


@pytest.mark.parametrize(
    ("name", "arguments", "settings", "message"),
    [
        ("sasrec", {"fusion": "concat"}, {}, "fusion='bi_interaction'; sasrec has fusion='concat'"),
        ("deepfm", {}, {}, "inner product of the layers user_vector and item_vector"),
        ("sasrec", {}, {"in_batch_negatives": "history"}, "whose id names the item; sasrec reads the ids item"),
        ("sasrec", {}, {"class_weight": "balanced"}, "does not go together with class_weight"),
    ],
)
def test_what_cannot_be_learned_so_is_refused(name, arguments, settings, message):
    with pytest.raises(ValueError, match=message):
        mz.fit(mz.create_model(name, **arguments), (None, None), **{**SETTINGS, **settings})
