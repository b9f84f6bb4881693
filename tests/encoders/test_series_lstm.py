"""A series by an LSTM, against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import series_lstm
from tests.encoders.test_frames_lstm import lstm_states
from tests.random_weights import randomise

SERIES = np.random.default_rng(0).normal(size=(3, 5, 2)).astype("float32")
MASK = np.int32([[1, 1, 1, 1, 1], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]])


def test_it_is_the_last_state_of_an_lstm_over_the_steps_there_are():
    inputs = [keras.Input((5, 2)), keras.Input((5,), dtype="int32")]
    model = randomise(keras.Model(inputs, series_lstm(3, dropout=0.5, name="part")(*inputs)))
    found = ops.convert_to_numpy(model([SERIES, MASK]))
    for row in (0, 1):
        states = lstm_states(model.get_layer("part_lstm"), SERIES[row][MASK[row] == 1])
        np.testing.assert_allclose(found[row], states[-1], rtol=1e-5, atol=1e-5)
    assert not found[2].any()


def test_without_a_mask_every_step_is_there():
    inputs = keras.Input((5, 2))
    model = randomise(keras.Model(inputs, series_lstm(3, name="part")(inputs)))
    states = lstm_states(model.get_layer("part_lstm"), SERIES[2])
    np.testing.assert_allclose(ops.convert_to_numpy(model(SERIES))[2], states[-1], rtol=1e-5, atol=1e-5)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="series_lstm takes series"):
        series_lstm()(keras.Input((5, 2, 2)))
