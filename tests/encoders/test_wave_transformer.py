"""The waveform Transformer against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import wave_transformer
from multimodal_zoo.encoders.wave_transformer import steps_left
from tests.encoders.convolution_equations import convolved
from tests.encoders.transformer_equations import block_output, dense, gelu, norm
from tests.random_weights import randomise


def test_it_is_convolutions_a_positional_convolution_and_a_transformer():
    waves = np.random.default_rng(0).normal(size=(2, 30)).astype("float32")
    inputs = keras.Input((30,))
    found = {}
    for sequence in (False, True):
        encode = wave_transformer(3, (5, 3), (3, 2), 4, 2, 2, 6, 3, return_sequence=sequence, name="wave")
        model = randomise(keras.Model(inputs, encode(inputs)))
        found[sequence] = ops.convert_to_numpy(model(waves))

    x = convolved(model.get_layer("wave_convolution_1"), waves[:, :, None], "valid")
    over_time = model.get_layer("wave_waves_norm")
    x = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + over_time.epsilon)
    x = gelu(x * ops.convert_to_numpy(over_time.gamma) + ops.convert_to_numpy(over_time.beta))
    x = gelu(convolved(model.get_layer("wave_convolution_2"), x, "valid"))
    assert x.shape[1] == steps_left(30, (5, 3), (3, 2)) == 4
    x = dense(model.get_layer("wave_projection"), norm(model.get_layer("wave_features_norm"), x))
    place = model.get_layer("wave_positions")
    kernel = ops.convert_to_numpy(place.kernel)[..., 0]
    around = np.pad(x, [[0, 0], [1, 1], [0, 0]])
    places = sum(around[:, tap : tap + 4] * kernel[tap] for tap in range(3)) + ops.convert_to_numpy(place.bias)
    x = x + gelu(places)
    for row, vectors in enumerate(x):
        for index in (1, 2):
            vectors = block_output(model.get_layer(f"wave_block_{index}"), vectors)
        wanted = norm(model.get_layer("wave_norm"), vectors)
        np.testing.assert_allclose(found[True][row], wanted, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(found[False][row], wanted.mean(axis=0), rtol=1e-4, atol=1e-4)


def test_a_second_at_16_khz_leaves_49_steps_as_in_the_paper():
    assert steps_left(16000, (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)) == 49


def test_what_it_refuses():
    with pytest.raises(ValueError, match="a stride for each kernel"):
        wave_transformer(kernels=(3, 3), strides=(2,))
    with pytest.raises(ValueError, match="dim=5, heads=2"):
        wave_transformer(dim=5, heads=2)
    with pytest.raises(ValueError, match="300 samples are too short"):
        wave_transformer()(keras.Input((300,)))
