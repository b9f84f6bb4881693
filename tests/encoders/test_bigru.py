"""The bidirectional encoder against Keras' own Bidirectional layer under a mask, and against NumPy."""

import keras
import numpy as np
from keras import ops

from multimodal_zoo.encoders import bigru
from tests.encoders.gru_equations import gru_states
from tests.random_weights import randomise

IDS = np.int32(
    [
        [3, 1, 4, 1, 5, 9, 2],
        [3, 1, 4, 0, 0, 0, 0],
        [0, 0, 0, 0, 3, 1, 4],
        [0, 3, 0, 0, 1, 4, 0],
        [7, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ]
)


def made():
    inputs = keras.Input((7,), dtype="int32")
    model = keras.Model(inputs, bigru(10, embedding_dim=3, units=4, name="plot")(inputs))
    return randomise(model)


def test_it_is_keras_bidirectional_under_a_mask():
    model = made()
    inputs = keras.Input((7,), dtype="int32")
    vectors = keras.layers.Embedding(10, 3, mask_zero=True)(inputs)
    masked = keras.Model(inputs, keras.layers.Bidirectional(keras.layers.GRU(4))(vectors))
    masked.set_weights(
        model.get_layer("plot_embedding").get_weights()
        + model.get_layer("plot_gru_forwards").get_weights()
        + model.get_layer("plot_gru_backwards").get_weights()
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(IDS)), ops.convert_to_numpy(masked(IDS)), rtol=1e-5, atol=1e-6
    )


def test_it_is_the_recurrence_from_either_end():
    model = made()
    table = ops.convert_to_numpy(model.get_layer("plot_embedding").embeddings)
    found = ops.convert_to_numpy(model(IDS))
    for row, ids in enumerate(IDS[:5]):
        words = table[ids[ids > 0]]
        forwards = gru_states(model.get_layer("plot_gru_forwards"), words)[-1]
        backwards = gru_states(model.get_layer("plot_gru_backwards"), words[::-1])[-1]
        np.testing.assert_allclose(found[row], np.concatenate([forwards, backwards]), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found[5], np.zeros(8))
