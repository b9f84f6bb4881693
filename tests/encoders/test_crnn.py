"""Convolutions over a spectrogram and GRUs over its frames, against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import crnn
from tests.encoders.convolution_equations import convolved, largest
from tests.encoders.gru_equations import gru_states
from tests.random_weights import randomise


def test_it_is_pooled_convolutions_and_a_gru_from_either_end():
    spectrograms = np.random.default_rng(0).normal(size=(2, 9, 6)).astype("float32")
    inputs = keras.Input((9, 6))
    found = {}
    for sequence in (False, True):
        encode = crnn((3, 4), units=2, normalization=None, return_sequence=sequence, name="sound")
        model = randomise(keras.Model(inputs, encode(inputs)))
        found[sequence] = ops.convert_to_numpy(model(spectrograms))
    x = spectrograms[..., None]
    for block, sizes in (("block_1", (2, 2)), ("block_2", (2, 2))):
        x = np.maximum(largest(convolved(model.get_layer(f"sound_{block}_convolution"), x), sizes), 0)
    assert x.shape == (2, 2, 1, 4)
    both = model.get_layer("sound_both_ways")
    for row, frames in enumerate(x.reshape(2, 2, 4)):
        forwards = gru_states(both.forward_layer, frames)
        backwards = gru_states(both.backward_layer, frames[::-1])
        wanted = np.concatenate([forwards[-1], backwards[-1]])
        np.testing.assert_allclose(found[False][row], wanted, rtol=1e-5, atol=1e-5)
        wanted = np.concatenate([forwards, backwards[::-1]], axis=1)
        np.testing.assert_allclose(found[True][row], wanted, rtol=1e-5, atol=1e-5)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="received none"):
        crnn(())
    with pytest.raises(ValueError, match=r"fixed size; received the shape \(None, None, 6\)"):
        crnn((3,))(keras.Input((None, 6)))
