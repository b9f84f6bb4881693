"""Frames by an image encoder and an LSTM, against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import frames_lstm, image_cnn
from multimodal_zoo.encoders.frames import encode_each
from tests.encoders.lstm_equations import lstm_states
from tests.random_weights import randomise

FRAMES = np.random.default_rng(0).uniform(size=(3, 5, 4, 4, 2)).astype("float32")
MASK = np.int32([[1, 1, 1, 1, 1], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]])


def mean_colour(images):
    return ops.mean(images, axis=(1, 2))


def test_it_is_an_lstm_over_the_vectors_of_the_frames_there_are():
    inputs = [keras.Input(FRAMES.shape[1:]), keras.Input((5,), dtype="int32")]
    found = {}
    for sequence in (False, True):
        encode = frames_lstm(mean_colour, units=3, return_sequence=sequence, name="clip")
        model = randomise(keras.Model(inputs, encode(*inputs)))
        found[sequence] = ops.convert_to_numpy(model([FRAMES, MASK]))
    for row, count in enumerate((5, 3)):
        colours = FRAMES[row][MASK[row] == 1].mean(axis=(1, 2))
        states = lstm_states(model.get_layer("clip_lstm"), colours)
        np.testing.assert_allclose(found[False][row], states[-1], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(found[True][row, :count], states, rtol=1e-5, atol=1e-5)
        assert not found[True][row, count:].any()
    assert not found[False][2].any() and not found[True][2].any()


def test_every_frame_goes_through_the_encoder_as_an_image_would():
    encode = image_cnn((3,))
    inputs, image = keras.Input(FRAMES.shape[1:]), keras.Input(FRAMES.shape[2:])
    each, one = keras.Model(inputs, encode_each(encode, inputs)), keras.Model(image, encode(image))
    found = ops.convert_to_numpy(each(FRAMES))
    for step in range(5):
        wanted = ops.convert_to_numpy(one(FRAMES[:, step]))
        np.testing.assert_allclose(found[:, step], wanted, rtol=1e-5, atol=1e-6)


def test_by_default_the_frames_go_through_a_small_cnn_shape_only():
    assert frames_lstm()(keras.Input((2, 8, 8, 1))).shape == (None, 64)


@pytest.mark.parametrize("shape", [(8, 8, 1), (None, 8, 8, 1)])
def test_what_it_refuses(shape):
    with pytest.raises(ValueError, match="fixed number of steps; received the shape"):
        frames_lstm()(keras.Input(shape))
