"""Gradient blending: answers from each modality alone are learned beside the answer to all."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.diagnosis import picture_model, records, tiny_model

from multimodal_zoo.datasets import DataSet, Records, column, dataset_card
from multimodal_zoo.modalities import Numeric, Series
from multimodal_zoo.training import blending_weights, fit
from multimodal_zoo.training.blended_network import blended_network, for_each_answer
from multimodal_zoo.training.blending_weights import mean_loss, spread_sample
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.splits import adapt

SETTINGS = {"epochs": 2, "batch_size": 16, "learning_rate": 0.01, "patience": 2, "verbose": 0}
WEIGHTS = {"image": 0.2, "report": 0.3, "joint": 0.5}


def splits():
    """The last training record has no picture."""
    return records(33, 0, image={32: b""}), records(16, 1)


def trained(**settings):
    keras.utils.set_random_seed(0)
    return fit(tiny_model(dropout=0.0), splits(), **{**SETTINGS, **settings})


def test_the_answers_are_those_of_the_network_with_the_others_absent():
    model, (train, _) = tiny_model(), splits()
    prepared = prepare(train, adapt(model.modalities, train))
    taught = blended_network(model, WEIGHTS)
    assert taught.count_params() == model.count_params()
    found = taught.predict(prepared.inputs(True), verbose=0)
    for name, without in (("image", ["report"]), ("report", ["image"]), ("joint", [])):
        wanted = model.predict(prepared.without(*without).inputs(True), verbose=0)
        np.testing.assert_allclose(found[name], wanted, atol=1e-6)
    assert set(blended_network(model, {**WEIGHTS, "image": 0.0}).output) == {"report", "joint"}


def test_a_record_without_a_modality_does_not_count_for_it_alone():
    inputs = {"presence": tf.constant([[1.0, 1.0], [0.0, 1.0]])}
    batches = tf.data.Dataset.from_tensor_slices((inputs, [3, 4])).batch(2)
    ((_, labels, counts),) = for_each_answer(batches, ["image", "report"], WEIGHTS).as_numpy_iterator()
    assert {name: values.tolist() for name, values in labels.items()} == dict.fromkeys(WEIGHTS, [3, 4])
    assert counts["image"].tolist() == [1, 0] and counts["report"].tolist() == counts["joint"].tolist() == [1, 1]


def test_with_all_weight_on_the_whole_answer_the_training_is_the_plain_one():
    plain, blended = trained(), trained(blend={"image": 0.0, "report": 0.0, "joint": 1.0})
    for one, other in zip(plain.model.get_weights(), blended.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_blended_network_learns_to_answer_from_each_and_is_kept_like_any_other(tmp_path):
    bundle = trained(epochs=12, patience=12, blend=WEIGHTS, out=tmp_path / "bundle")
    _, validation = splits()
    prepared = prepare(validation, bundle.modalities)
    for without in ("image", "report"):
        answers = bundle.model.predict(prepared.without(without).inputs(True), verbose=0).argmax(axis=1)
        assert np.mean(answers == prepared.labels.numpy()) > 0.8, without
    assert bundle.metrics["beats_constant"] is True and (tmp_path / "bundle" / "model.keras").exists()


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (picture_model, {"blend": WEIGHTS}, "build the model with missing_modalities=True"),
        (tiny_model, {"blend": {"image": 1.0, "joint": 1.0}}, "each of image, report, joint; got image, joint"),
        (tiny_model, {"blend": {**WEIGHTS, "joint": 0.0}}, "that of 'joint' above 0"),
        (tiny_model, {"blend": WEIGHTS, "class_weight": "balanced"}, "blend does not go together with class_weight"),
    ],
)
def test_what_cannot_be_blended_is_refused(model, settings, message):
    with pytest.raises(ValueError, match=message):
        fit(model(), (None, None), **settings)


def machines(count, seed):
    """Labels that the state tells, and that the sensors tell of the training machines alone."""
    random = np.random.default_rng(seed)
    labels = random.normal(size=(count, 1)).astype("float32")
    sensors = random.normal(size=(count, 4, 6)).astype("float32")
    return Records(
        {"sensors": column(sensors), "state": labels + random.normal(0, 0.2, (count, 1)).astype("float32")}, labels
    )


def test_what_is_learned_by_heart_gets_little_weight():
    parts = {"train": machines(48, 0), "validation": machines(48, 1)}
    modalities = {"sensors": Series(6, 4), "state": Numeric(1)}
    data = DataSet(dataset_card("cmapss-fd001"), "made-up", modalities, (), parts)
    weights = blending_weights(
        "machine_health",
        data,
        epochs=(2, 8),
        arguments={"filters": (8,), "hidden": (16,), "joint_dim": 8, "dropout": 0.0},
        batch_size=16,
        learning_rate=0.01,
        verbose=0,
    )
    assert set(weights) == {"sensors", "state", "joint"} and sum(weights.values()) == pytest.approx(1)
    assert weights["state"] > 5 * weights["sensors"]


def test_checkpoints_are_in_order():
    with pytest.raises(ValueError, match=r"two checkpoints in order, the first at least 1; got \(4, 4\)"):
        blending_weights("machine_health", None, epochs=(4, 4))


def test_a_loss_is_that_of_the_whole_split_and_a_sample_is_spread_over_it():
    bundle = trained()
    _, validation = splits()
    prepared = prepare(validation, bundle.modalities)
    said = bundle.model.predict(prepared.inputs(True), verbose=0)
    right = said[np.arange(16), prepared.labels.numpy()]
    assert mean_loss(bundle, validation) == pytest.approx(-np.mean(np.log(right)), rel=1e-4)
    sample = spread_sample(machines(10, 0), 4)
    np.testing.assert_array_equal(sample.labels, machines(10, 0).labels[[0, 3, 6, 9]])
    assert len(spread_sample(machines(10, 0), 40)) == 10
