import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import deep_speech
from tests.encoders.gru_equations import gru_states
from tests.random_weights import randomise

SERIES = np.random.default_rng(0).normal(size=(3, 7, 2)).astype("float32")
MASK = np.int32([[1] * 7, [1, 1, 1, 1, 1, 0, 0], [0] * 7])


def arrays(layer):
    return [ops.convert_to_numpy(weight) for weight in layer.weights]


def normalised(layer, frames):
    gamma, beta = arrays(layer)
    centred = frames - frames.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-3) * gamma + beta


def test_it_is_a_convolution_with_strides_and_grus_from_either_end():
    inputs = [keras.Input((7, 2)), keras.Input((7,), dtype="int32")]
    model = keras.Model(inputs, deep_speech((4,), 3, (2,), units=3, dropout=0.5, name="part")(*inputs))
    randomise(model)
    states, there = (ops.convert_to_numpy(one) for one in model([SERIES, MASK]))
    assert there.astype(bool).tolist() == [[True] * 4, [True, True, True, False], [False] * 4]
    assert states.shape == (3, 4, 6) and not states[there == 0].any()
    kernel, bias = arrays(model.get_layer("part_convolution_1"))
    for row, length in ((0, 7), (1, 5)):
        padded = np.pad(SERIES[row, :length], [(1, 1), (0, 0)])
        frames = np.stack([np.einsum("kc,kcf->f", padded[n : n + 3], kernel) + bias for n in range(0, length, 2)])
        frames = np.maximum(normalised(model.get_layer("part_convolution_1_normalization"), frames), 0)
        forwards = gru_states(model.get_layer("part_gru_1_forwards"), frames)
        backwards = gru_states(model.get_layer("part_gru_1_backwards"), frames[::-1])[::-1]
        expected = normalised(
            model.get_layer("part_gru_1_normalization"), np.concatenate([forwards, backwards], axis=1)
        )
        np.testing.assert_allclose(states[row, : len(frames)], expected, rtol=1e-4, atol=1e-4)


def test_strides_multiply_and_round_up():
    states, there = deep_speech((4, 4, 4), strides=(2, 1, 3), units=5, layers=2)(keras.Input((100, 13)))
    assert states.shape == (None, 17, 10) and there.shape == (None, 17)


def test_what_it_refuses():
    with pytest.raises(ValueError, match=r"a stride for each convolution .* filters=\(4, 4\), strides=\(2,\)"):
        deep_speech((4, 4), strides=(2,))
    with pytest.raises(ValueError, match="layers=0"):
        deep_speech(layers=0)
    with pytest.raises(ValueError, match="deep_speech takes series"):
        deep_speech()(keras.Input((5,)))
