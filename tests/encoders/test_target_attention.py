"""The activation unit against its equation."""

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import ActivationUnit, target_attention
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
CANDIDATE = DRAWS.normal(size=(3, 4)).astype("float32")
HISTORY = DRAWS.normal(size=(3, 5, 4)).astype("float32")
IDS = np.int32([[3, 1, 4, 1, 5], [9, 2, 0, 0, 0], [0, 0, 0, 0, 0]])


def made(units=(6, 3)):
    layer = ActivationUnit(units)
    layer(CANDIDATE, HISTORY, IDS)
    return randomise(layer)


def relevance(layer, e, c):
    """a(e, c), one step and one candidate."""
    x = np.concatenate([e, c, e - c, e * c])
    for dense, bend in zip(layer.hidden, layer.bends, strict=True):
        x = x @ ops.convert_to_numpy(dense.kernel) + ops.convert_to_numpy(dense.bias)
        x = np.where(x > 0, x, ops.convert_to_numpy(bend.alpha)[0] * x)
    return x @ ops.convert_to_numpy(layer.scorer.kernel)[:, 0] + ops.convert_to_numpy(layer.scorer.bias)[0]


def test_it_is_the_sum_of_the_history_weighted_by_relevance():
    layer = made()
    wanted = np.zeros((3, 4))
    for row in range(3):
        for step in np.flatnonzero(IDS[row]):
            wanted[row] += relevance(layer, HISTORY[row, step], CANDIDATE[row]) * HISTORY[row, step]
    found = ops.convert_to_numpy(layer(CANDIDATE, HISTORY, IDS))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found[2], 0)


def test_weights_are_not_normalised_so_that_two_equal_steps_count_twice():
    layer = made()
    once, twice = np.int32([[7, 0, 0, 0, 0]]), np.int32([[7, 7, 0, 0, 0]])
    same = np.repeat(HISTORY[:1, :1], 5, axis=1)
    one = ops.convert_to_numpy(layer(CANDIDATE[:1], same, once))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(CANDIDATE[:1], same, twice)), 2 * one, rtol=1e-5)


def test_how_long_the_padding_is_makes_no_difference():
    layer = made()
    longer = np.concatenate([HISTORY, np.full((3, 2, 4), 1e3, "float32")], axis=1)
    found = layer(CANDIDATE, longer, np.pad(IDS, [[0, 0], [0, 2]]))
    wanted = ops.convert_to_numpy(layer(CANDIDATE, HISTORY, IDS))
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-5, atol=1e-6)


def test_what_it_refuses():
    with pytest.raises(ValueError, match=r"at least one positive number; received \(\)"):
        target_attention(())
