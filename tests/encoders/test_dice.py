"""Dice against its equation, in training and afterwards."""

import numpy as np
from keras import ops

from multimodal_zoo.encoders import Dice
from tests.random_weights import randomise

BATCH = np.random.default_rng(0).normal(2.0, 3.0, size=(64, 5)).astype("float32")


def dice(s, mean, variance, alpha):
    p = 1 / (1 + np.exp(-(s - mean) / np.sqrt(variance + 1e-8)))
    return p * s + (1 - p) * alpha * s


def test_in_training_it_bends_at_the_mean_of_the_batch():
    layer = Dice()
    layer.build((None, 5))
    randomise(layer)
    alpha = ops.convert_to_numpy(layer.alpha)
    found = ops.convert_to_numpy(layer(BATCH, training=True))
    np.testing.assert_allclose(found, dice(BATCH, BATCH.mean(0), BATCH.var(0), alpha), rtol=1e-4, atol=1e-4)


def test_afterwards_it_bends_at_the_moving_average():
    layer = Dice(momentum=0.5)
    layer.build((None, 5))
    for _ in range(3):
        layer(BATCH, training=True)
    mean = BATCH.mean(0) * (1 - 0.5**3)
    variance = 0.5**3 + BATCH.var(0) * (1 - 0.5**3)
    found = ops.convert_to_numpy(layer(BATCH))
    np.testing.assert_allclose(found, dice(BATCH, mean, variance, 0.0), rtol=1e-4, atol=1e-4)
    one = ops.convert_to_numpy(layer(BATCH[:1]))
    np.testing.assert_allclose(one, found[:1], rtol=1e-5, atol=1e-6)


def test_alpha_of_1_is_the_identity():
    layer = Dice()
    layer.build((None, 5))
    layer.alpha.assign(np.ones(5))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(BATCH)), BATCH, rtol=1e-6)
