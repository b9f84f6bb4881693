"""A collection inside the exported network, searched by raw queries."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.paintings import NAMES, painted, records, tiny_model

from multimodal_zoo.datasets import Records, column
from multimodal_zoo.export import SearchIndex, check_artefact, export_bundle, index_records, signature_names
from multimodal_zoo.modalities import Categorical, Numeric
from multimodal_zoo.models import two_tower
from multimodal_zoo.retrieval import exact_search
from multimodal_zoo.training import Bundle
from multimodal_zoo.training.splits import adapt

PICTURES = records(2, 7)
IDS = [f"{NAMES[number]} {row}" for row, number in enumerate(PICTURES.labels)]


@pytest.fixture(scope="module")
def bundle():
    keras.utils.set_random_seed(0)
    model = tiny_model()
    # Untrained: what is near is a matter of the numbers alone.
    return Bundle(model, adapt(model.modalities, records(1, 0)), (), model.card, {})


@pytest.fixture(scope="module")
def index(bundle):
    return index_records(bundle, PICTURES.without("text"), IDS, k=5)


@pytest.fixture(scope="module")
def exported(bundle, index, tmp_path_factory):
    return export_bundle(bundle, tmp_path_factory.mktemp("saved") / "paintings" / "1", index=index)


@pytest.fixture(scope="module")
def served(exported):
    return tf.saved_model.load(str(exported))


def queries():
    """A text, a picture, both, and nothing."""
    picture = painted("blue upper", np.random.default_rng(9))
    return [b"", picture, picture, b""], ["the red left half", "", "the blue upper half", ""]


def search(served, images, texts):
    answer = served.signatures["search"](image_bytes=tf.constant(images), text=tf.constant(texts))
    return {name: value.numpy() for name, value in answer.items()}


def test_the_nearest_are_those_of_exact_search(served, bundle):
    answer = search(served, *queries())
    # The collection and the queries, embedded by the signature `embed` of the same artefact.
    embed = served.signatures["embed"]
    items = embed(image_bytes=tf.constant(PICTURES.columns["image"].tolist()), text=tf.fill([len(PICTURES)], ""))
    asked = embed(image_bytes=tf.constant(queries()[0]), text=tf.constant(queries()[1]))
    rows, distances = exact_search(asked["joint"].numpy()[:3], items["joint"].numpy(), k=5)
    assert [[one.decode() for one in found] for found in answer["ids"][:3]] == np.array(IDS)[rows].tolist()
    np.testing.assert_allclose(answer["scores"][:3], 1 - distances, atol=1e-5)
    assert answer["presence"].tolist() == [[0, 1], [1, 0], [1, 1], [0, 0]]
    # Nothing was asked: every item is as far, and the first ones come.
    np.testing.assert_array_equal(answer["scores"][3], 0)
    assert [one.decode() for one in answer["ids"][3]] == IDS[:5]


def test_the_artefact_passes_the_gate_and_holds_the_vectors_once(exported, served, index, bundle):
    report = check_artefact(exported)
    assert report.passed, report.failures
    assert sorted(served.signatures) == sorted([*signature_names(bundle.model), "search"])
    written = sum(file.stat().st_size for file in (exported / "variables").iterdir())
    assert written < 1.1 * 4 * (bundle.model.count_params() + index.vectors.size) + 20_000


def test_the_two_sides_of_a_recommender_have_layers_of_their_own(tmp_path):
    fields = {"user": Categorical(9), "age": Numeric(1), "item": Categorical(9)}
    model = two_tower(fields, user_fields=("user", "age"), item_fields=("item",), hidden=(5,), joint_dim=3)
    log = Records(
        {
            "user": column(["ann", "bob", "cem", "ann"]),
            "age": np.float32([[20], [30], [40], [20]]),
            "item": column(["film", "book", "song", "song"]),
        },
        np.float32([1, 0, 1, 0]),
    )
    bundle = Bundle(model, adapt(model.modalities, log), (), model.card, {})
    layers = {"item_layer": "item_vector", "query_layer": "user_vector"}
    index = index_records(bundle, log.take([0, 1, 2]), ["film", "book", "song"], k=2, **layers)
    served = tf.saved_model.load(str(export_bundle(bundle, tmp_path / "1", index=index)))
    asked = {"user": tf.constant(["ann", "bob"]), "age": tf.constant([[20.0], [30.0]]), "item": tf.constant(["", ""])}
    answer = served.signatures["search"](**asked)
    users = index_records(bundle, log.take([0, 1]), ["ann", "bob"], k=1, item_layer="user_vector").vectors
    scores = users @ index.vectors.T
    best = np.argsort(-scores, axis=1)[:, :2]
    assert [[one.decode() for one in row] for row in answer["ids"].numpy()] == index.ids[best].tolist()
    np.testing.assert_allclose(answer["scores"].numpy(), np.take_along_axis(scores, best, axis=1), atol=1e-5)


def test_what_does_not_fit_is_refused(bundle, tmp_path):
    vectors = np.eye(3, 8, dtype="float32")
    with pytest.raises(ValueError, match="as many ids"):
        SearchIndex(np.array(["a", "b"]), vectors)
    with pytest.raises(ValueError, match="k must be between 1 and the number of items, 3; got 4"):
        SearchIndex(np.array(["a", "b", "c"]), vectors, k=4)
    with pytest.raises(ValueError, match="NaN"):
        SearchIndex(np.array(["a", "b", "c"]), vectors * np.nan, k=1)
    with pytest.raises(ValueError, match="has no layer 'user_vector' that gives vectors. Those are: .*text_vector"):
        export_bundle(bundle, tmp_path / "1", index=SearchIndex(np.array(list("abc")), vectors, 1, "user_vector"))
    with pytest.raises(ValueError, match="vectors of width 3, and the layer 'joint' .* of width 8"):
        export_bundle(bundle, tmp_path / "1", index=SearchIndex(np.array(list("abc")), np.eye(3, dtype="float32"), 1))
    whole = tiny_model(missing_modalities=False)
    blind = Bundle(whole, dict(bundle.modalities), (), whole.card, {})
    with pytest.raises(ValueError, match="built without missing_modalities=True"):
        index_records(blind, PICTURES.without("text"), IDS)
    sides = {"item_layer": "image_vector", "query_layer": "text_vector"}
    assert index_records(blind, PICTURES.without("text"), IDS, **sides).vectors.shape == (32, 8)
