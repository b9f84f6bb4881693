"""FGSM and PGD: the ball, the closed form on a linear network, and PGD no weaker than FGSM."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract.records import bundle_of, labels_for, raw_records, small_model
from keras import layers

from multimodal_zoo.explain import fgsm, pgd
from multimodal_zoo.explain.adversarial import losses_of
from multimodal_zoo.modalities import Image, Numeric, encode_record, stack_raw
from multimodal_zoo.training.pipeline import Prepared, prepare
from tests.explain.tiny_bundles import bundle_around

RANDOM = np.random.default_rng(0)
NUMBERS = Numeric(4, mean=(0.0,) * 4, variance=(1.0,) * 4)


def logistic_regression(modality=NUMBERS):
    """Convex in its input: the loss of softmax(x W)."""
    inputs = modality.input("x")
    flat = layers.Flatten()(inputs)
    model = keras.Model({"x": inputs}, layers.Dense(2, activation="softmax", name="read")(flat))
    model.get_layer("read").kernel.assign(RANDOM.normal(size=(flat.shape[1], 2)))
    return bundle_around(model, {"x": modality}, "classification", ("no", "yes"))


def records_of(content, labels):
    content = tf.constant(content, tf.float32)
    return Prepared({"x": content}, tf.ones((len(content), 1)), tf.constant(labels), {})


def mean_loss(bundle, prepared):
    return float(
        tf.reduce_mean(losses_of(bundle.model, bundle.card.task, prepared.inputs(bundle.has_presence), prepared.labels))
    )


@pytest.fixture(scope="module")
def numbers():
    return records_of(RANDOM.normal(size=(9, 4)), np.arange(9) % 2)


def test_one_step_on_a_linear_network_goes_along_the_signs_of_its_weights(numbers):
    """Towards the other class: epsilon sign(w_other - w_own), whatever the record."""
    bundle = logistic_regression()
    weights = bundle.model.get_layer("read").kernel.numpy()
    toward = np.sign(weights[:, 1] - weights[:, 0])
    signs = np.where(np.arange(9) % 2, -1, 1)[:, None]
    attacked = fgsm(bundle, numbers, "x", 0.25, batch_size=4)
    wanted = numbers.content["x"].numpy() + 0.25 * signs * toward
    np.testing.assert_allclose(attacked.content["x"].numpy(), wanted, atol=1e-6)


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 1.0])
def test_pgd_stays_in_the_ball_and_reaches_the_worst_corner_of_a_convex_loss(numbers, epsilon):
    """The loss of a linear network is greatest in a corner of the ball, the one that FGSM finds in one step."""
    bundle = logistic_regression()
    one_step = fgsm(bundle, numbers, "x", epsilon)
    many = pgd(bundle, numbers, "x", epsilon, steps=7, seed=3)
    moved = np.abs(many.content["x"].numpy() - numbers.content["x"].numpy())
    assert moved.max() <= epsilon + 1e-6
    np.testing.assert_allclose(many.content["x"].numpy(), one_step.content["x"].numpy(), atol=1e-5)
    assert mean_loss(bundle, many) >= mean_loss(bundle, one_step) - 1e-6 >= mean_loss(bundle, numbers) - 2e-6


def test_a_picture_stays_a_picture():
    bundle = logistic_regression(Image(3, 3, 1))
    pictures = records_of(RANDOM.uniform(0, 1, (5, 3, 3, 1)), np.arange(5) % 2)
    attacked = pgd(bundle, pictures, "x", 0.5).content["x"].numpy()
    assert attacked.min() >= 0.0 and attacked.max() <= 1.0
    assert np.abs(attacked - pictures.content["x"].numpy()).max() <= 0.5 + 1e-6


def test_masks_and_absent_records_stay_as_they_are():
    model = small_model("machine_health", missing_modalities=True, filters=(4,))
    bundle = bundle_of(model)
    rows = [encode_record(bundle.modalities, one) for one in raw_records(model, 4)]
    rows[1]["sensors"] = np.zeros((0, model.modalities["sensors"].features), "float32")
    data = tf.data.Dataset.from_tensor_slices((stack_raw(bundle.modalities, rows), labels_for(model, 4)))
    prepared = prepare(data, bundle.modalities)
    attacked = pgd(bundle, prepared, "sensors", 0.2)
    before, after = (one.content["sensors"].numpy() for one in (prepared, attacked))
    np.testing.assert_array_equal(after[..., -1], before[..., -1])
    np.testing.assert_array_equal(after[before[..., -1] == 0], before[before[..., -1] == 0])
    np.testing.assert_array_equal(after[1], before[1])
    assert np.abs(after - before)[0].max() > 0.1
    assert mean_loss(bundle, attacked) > mean_loss(bundle, prepared)
    assert attacked.content["state"] is prepared.content["state"]


def test_what_has_no_small_changes_is_refused(numbers):
    bundle = logistic_regression()
    with pytest.raises(ValueError, match="Unknown modality 'y'"):
        fgsm(bundle, numbers, "y", 0.1)
    with pytest.raises(ValueError, match="epsilon=-0.1"):
        fgsm(bundle, numbers, "x", -0.1)
    ids = bundle_of(small_model("deepfm"))
    with pytest.raises(ValueError, match="'user' holds ids"):
        fgsm(ids, numbers, "user", 0.1)
