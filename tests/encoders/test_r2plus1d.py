"""Factorised 3-D convolutions: their width, and the network against NumPy."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo.encoders import r2plus1d
from multimodal_zoo.encoders.r2plus1d import factorised_convolution, middle_width
from tests.encoders.convolution_equations import convolved
from tests.random_weights import randomise

CHANNELS, ODD = st.integers(1, 300), st.sampled_from([1, 3, 5, 7])


@settings(deadline=None)
@given(before=CHANNELS, after=CHANNELS, time=ODD, space=ODD)
def test_both_parts_have_as_many_weights_as_the_whole_or_hardly_fewer(before, after, time, space):
    width = middle_width(before, after, time, space)
    of_one_channel = space**2 * before + time * after
    whole = time * space**2 * before * after
    assert width * of_one_channel <= whole or width == 1
    assert (width + 1) * of_one_channel > whole


def test_the_width_of_the_paper():
    """3x3x3 with 64 channels in and out: 3 * 9 * 64 * 64 / (9 * 64 + 3 * 64) = 144."""
    assert middle_width(64, 64) == 144
    inputs = keras.Input((2, 4, 4, 64))
    model = keras.Model(inputs, factorised_convolution(64, None, "part")(inputs))
    kernels = sum(int(np.prod(layer.kernel.shape)) for layer in model.layers if hasattr(layer, "kernel"))
    assert kernels == 3 * 3 * 3 * 64 * 64


def factorised(model, name, x):
    space, time = model.get_layer(f"{name}_space"), model.get_layer(f"{name}_time")
    return convolved(time, np.maximum(convolved(space, x), 0))


def test_it_is_a_stem_residual_blocks_and_the_mean():
    clips = np.random.default_rng(0).uniform(size=(2, 4, 7, 6, 2)).astype("float32")
    inputs = keras.Input(clips.shape[1:])
    encode = r2plus1d((3, 4), normalization=None, name="clip")
    model = randomise(keras.Model(inputs, encode(inputs)), scale=0.3)
    x = np.maximum(factorised(model, "clip_stem", clips), 0)
    assert x.shape == (2, 4, 4, 3, 3)
    for block in ("clip_block_1", "clip_block_2"):
        inner = factorised(model, f"{block}_second", np.maximum(factorised(model, f"{block}_first", x), 0))
        if block == "clip_block_2":
            x = convolved(model.get_layer("clip_block_2_residual"), x)
        x = np.maximum(inner + x, 0)
    assert x.shape == (2, 2, 2, 2, 4)
    np.testing.assert_allclose(ops.convert_to_numpy(model(clips)), x.mean(axis=(1, 2, 3)), rtol=1e-4, atol=1e-5)


def test_called_twice_it_shares_its_weights():
    encode = r2plus1d((3,))
    first, second = keras.Input((2, 4, 4, 1)), keras.Input((2, 4, 4, 1))
    once = keras.Model(first, encode(first))
    twice = keras.Model([first, second], [encode(first), encode(second)])
    assert len(twice.weights) == len(once.weights)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="received none"):
        r2plus1d(())
    with pytest.raises(ValueError, match="r2plus1d takes frames"):
        r2plus1d((3,))(keras.Input((8, 8, 1)))
