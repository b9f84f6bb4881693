"""DeepSets against its equation, and that the order of the points makes no difference."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo.encoders import deep_sets
from tests.random_weights import randomise

POINTS = np.random.default_rng(0).normal(size=(3, 5, 2)).astype("float32")
MASK = np.int32([[1, 1, 1, 1, 1], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]])
POOLS = {"sum": lambda x: x.sum(axis=0), "mean": lambda x: x.mean(axis=0), "max": lambda x: x.max(axis=0)}


def built(pooling):
    inputs = [keras.Input((5, 2)), keras.Input((5,), dtype="int32")]
    return randomise(keras.Model(inputs, deep_sets((4, 3), (3, 4), pooling, name="set")(*inputs)))


@pytest.fixture(scope="module")
def by_sum():
    return built("sum")


@pytest.mark.parametrize("pooling", sorted(POOLS))
def test_it_is_rho_of_the_pooled_phi(pooling):
    model = built(pooling)
    found = ops.convert_to_numpy(model([POINTS, MASK]))

    def layers(part, x):
        for number in (1, 2):
            layer = model.get_layer(f"set_{part}_{number}")
            x = np.maximum(x @ ops.convert_to_numpy(layer.kernel) + ops.convert_to_numpy(layer.bias), 0)
        return x

    for row in range(3):
        points = POINTS[row][MASK[row] == 1]
        pooled = POOLS[pooling](layers("each", points)) if len(points) else np.zeros(3)
        np.testing.assert_allclose(found[row], layers("together", pooled), rtol=1e-5, atol=1e-5)


@settings(max_examples=3, deadline=None)
@given(order=st.permutations(range(5)))
def test_the_order_of_the_points_makes_no_difference(by_sum, order):
    found = ops.convert_to_numpy(by_sum([POINTS[:, order], MASK[:, order]]))
    np.testing.assert_allclose(found, ops.convert_to_numpy(by_sum([POINTS, MASK])), rtol=1e-5, atol=1e-5)


def test_without_a_mask_all_points_are_there(by_sum):
    inputs = keras.Input((5, 2))
    model = randomise(keras.Model(inputs, deep_sets((4, 3), (3, 4))(inputs)))
    wanted = ops.convert_to_numpy(by_sum([POINTS, np.ones_like(MASK)]))
    np.testing.assert_allclose(ops.convert_to_numpy(model(POINTS)), wanted, rtol=1e-5, atol=1e-6)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="sum, mean, max; received 'median'"):
        deep_sets(pooling="median")
    with pytest.raises(ValueError, match="layers before and after"):
        deep_sets(together=())
    with pytest.raises(ValueError, match=r"received the shape \(None, 5\)"):
        deep_sets()(keras.Input((5,)))
