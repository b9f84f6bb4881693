"""DP-SGD: the accounted epsilon, the clipping law and the scale of the noise."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from multimodal_zoo.modalities import Numeric
from multimodal_zoo.registry import ModelCard
from multimodal_zoo.training import Bundle, Privacy, accounted_epsilon, fit_private
from multimodal_zoo.training.pipeline import Prepared
from multimodal_zoo.training.private import clipped_gradients, noisy_mean

NUMBERS = Numeric(3, mean=(0.0,) * 3, variance=(1.0,) * 3)
RANDOM = np.random.default_rng(0)


def linear_bundle():
    inputs = NUMBERS.input("x")
    model = keras.Model({"x": inputs}, layers.Dense(1, name="read")(inputs))
    return Bundle(model, {"x": NUMBERS}, (), ModelCard(task="regression", paper="", name="linear"), {})


def records(count=40):
    content = RANDOM.normal(size=(count, 3)).astype("float32")
    labels = content @ np.float32([1.0, -2.0, 0.5]) + 1.0
    return Prepared({"x": tf.constant(content)}, tf.ones((count, 1)), tf.constant(labels[:, None]), {})


def test_no_record_counts_more_than_the_clip():
    """The gradient of (w x + b - y)^2 is 2 (w x + b - y) [x, 1], shortened where it is longer."""
    bundle, data = linear_bundle(), records()
    weights, bias = (one.numpy() for one in bundle.model.trainable_variables)
    lengths = []
    for row in range(10):
        one = slice(row, row + 1)
        found = clipped_gradients(bundle, 0.7)({"x": data.content["x"][one]}, data.labels[one])
        x, y = data.content["x"].numpy()[row], data.labels.numpy()[row, 0]
        whole = 2 * (x @ weights[:, 0] + bias[0] - y) * np.append(x, 1.0)
        wanted = whole * min(1.0, 0.7 / np.linalg.norm(whole))
        np.testing.assert_allclose(np.append(found[0].numpy(), found[1].numpy()), wanted, rtol=1e-4, atol=1e-6)
        lengths.append(np.linalg.norm(wanted))
    assert max(lengths) == pytest.approx(0.7)


def test_the_noise_has_the_deviation_of_multiplier_times_clip_over_the_batch():
    privacy = Privacy(clip=0.5, noise_multiplier=3.0, batch_size=10, steps=1, delta=1e-5)
    (drawn,) = noisy_mean([np.full(40000, 20.0)], privacy, np.random.default_rng(0))
    assert float(tf.reduce_mean(drawn)) == pytest.approx(2.0, abs=0.005)
    assert float(tf.math.reduce_std(drawn)) == pytest.approx(0.15, rel=0.02)


def test_settings_out_of_range_are_named():
    with pytest.raises(ValueError, match="noise_multiplier=0.0"):
        Privacy(1.0, 0.0, 1, 1, 1e-5)
    with pytest.raises(ValueError, match="delta=1.5"):
        Privacy(1.0, 1.0, 1, 1, 1.5)


def test_without_the_extra_the_message_names_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "dp_accounting", None)
    with pytest.raises(ImportError, match=r"multimodal-zoo\[privacy\]"):
        fit_private(linear_bundle(), records(), Privacy(1.0, 1.0, 4, 1, 1e-5))


def test_epsilon_is_that_of_one_gaussian_and_falls_with_noise():
    """All records in each step: Rényi divergence a k / (2 s^2), turned into epsilon as in Canonne 2020, section 3.2."""
    pytest.importorskip("dp_accounting")
    orders = np.linspace(1.01, 200, 200_000)
    for noise, steps in ((4.0, 1), (10.0, 20)):
        bound = orders * steps / (2 * noise**2) + np.log1p(-1 / orders) - np.log(1e-5 * orders) / (orders - 1)
        found = accounted_epsilon(Privacy(1.0, noise, 50, steps, 1e-5), 50)
        # dp-accounting tries whole and some other orders, and so may be a little above the least.
        assert bound.min() - 1e-6 <= found <= bound.min() * 1.02
    # A tenth of the records in each step spends less than all of them.
    sampled = accounted_epsilon(Privacy(1.0, 4.0, 5, 1, 1e-5), 50)
    assert sampled < accounted_epsilon(Privacy(1.0, 4.0, 50, 1, 1e-5), 50)
    with pytest.raises(ValueError, match="batch_size=51 is more than all 50 records"):
        accounted_epsilon(Privacy(1.0, 4.0, 51, 1, 1e-5), 50)


def test_a_private_training_learns_and_says_what_it_spent():
    pytest.importorskip("dp_accounting")
    bundle, data = linear_bundle(), records()
    before = float(tf.reduce_mean((bundle.model(data.inputs(False)) - data.labels) ** 2))
    privacy = Privacy(clip=2.0, noise_multiplier=0.3, batch_size=10, steps=60, delta=1e-3)
    bundle = dataclasses.replace(bundle, calibration={"x": {"temperature": 2.0}})
    private = fit_private(bundle, data, privacy, learning_rate=0.1)
    after = float(tf.reduce_mean((private.model(data.inputs(False)) - data.labels) ** 2))
    assert after < 0.3 * before
    assert private.metrics["privacy"]["epsilon"] == accounted_epsilon(privacy, 40)
    assert private.metrics["privacy"]["clip"] == 2.0
    # It was of other weights.
    assert not private.calibration
