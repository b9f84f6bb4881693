"""Dense layers against their equations."""

import keras
import numpy as np
from keras import ops

from multimodal_zoo.encoders import dense_layers
from tests.gradients import weight_gradients
from tests.random_weights import randomise

BATCH = np.random.default_rng(0).normal(2.0, 3.0, size=(64, 5)).astype("float32")


def test_dice_among_them_is_saved(tmp_path):
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


def test_every_weight_learns():
    inputs = keras.Input((5,))
    model = randomise(keras.Model(inputs, dense_layers((4, 3), activation="dice")(inputs)))
    for path, gradient in weight_gradients(model, BATCH, loss=lambda found: ops.mean((found - 1) ** 2)).items():
        assert gradient is not None and np.abs(gradient).max() > 0, path
