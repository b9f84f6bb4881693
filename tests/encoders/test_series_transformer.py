"""The series Transformer as the composition of its parts in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import series_transformer
from multimodal_zoo.encoders.transformer import sinusoidal_positions
from tests.encoders.transformer_equations import block_output, dense, norm
from tests.random_weights import randomise


def test_it_is_a_linear_layer_places_blocks_and_the_mean_over_the_steps_there_are():
    series = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    mask = np.int32([[1, 1, 1, 1, 1], [0, 1, 1, 0, 1]])
    inputs = [keras.Input((5, 3)), keras.Input((5,), dtype="int32")]
    found = {}
    for sequence in (False, True):
        encode = series_transformer(4, 2, 2, 6, return_sequence=sequence, name="power")
        model = randomise(keras.Model(inputs, encode(*inputs)))
        found[sequence] = ops.convert_to_numpy(model([series, mask]))
    for row, count in enumerate((5, 3)):
        x = dense(model.get_layer("power_projection"), series[row][mask[row] == 1]) + sinusoidal_positions(count, 4)
        for index in (1, 2):
            x = block_output(model.get_layer(f"power_block_{index}"), x)
        wanted = norm(model.get_layer("power_norm"), x)
        np.testing.assert_allclose(found[False][row], wanted.mean(axis=0), rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(found[True][row, :count], wanted, rtol=1e-4, atol=1e-4)
        np.testing.assert_array_equal(found[True][row, count:], np.zeros((5 - count, 4)))


def test_what_it_refuses():
    with pytest.raises(ValueError, match="dim=5, heads=2"):
        series_transformer(5, 2)
    with pytest.raises(ValueError, match=r"received the shape \(None, 5\)"):
        series_transformer()(keras.Input((5,)))
