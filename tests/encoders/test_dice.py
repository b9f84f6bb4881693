"""Dice against its equation, in training and afterwards."""

import keras
import numpy as np
from keras import ops

from multimodal_zoo.encoders import Dice, dense_layers
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


def test_it_is_saved_among_dense_layers(tmp_path):
    inputs = keras.Input((5,))
    model = randomise(keras.Model(inputs, dense_layers((4, 3), dropout=0.2, activation="dice")(inputs)))
    assert [layer.name for layer in model.layers[1:]] == [
        *("deep_1_dropout", "deep_1", "deep_1_dice", "deep_2_dropout", "deep_2", "deep_2_dice")
    ]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(ops.convert_to_numpy(again(BATCH)), ops.convert_to_numpy(model(BATCH)), rtol=1e-6)


def test_dense_layers_are_an_mlp_and_none_at_all_is_the_identity():
    inputs = keras.Input((5,))
    model = randomise(keras.Model(inputs, dense_layers((4, 3), first=2)(inputs)))
    wanted = BATCH
    for layer in (model.get_layer("deep_2"), model.get_layer("deep_3")):
        wanted = np.maximum(wanted @ ops.convert_to_numpy(layer.kernel) + ops.convert_to_numpy(layer.bias), 0)
    np.testing.assert_allclose(ops.convert_to_numpy(model(BATCH)), wanted, rtol=1e-4, atol=1e-5)
    assert dense_layers(())(inputs) is inputs
