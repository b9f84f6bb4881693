"""The Set Transformer against its equations, and that the order of the points makes no difference."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo.encoders import set_transformer
from tests.encoders.transformer_equations import dense, multi_head, norm
from tests.random_weights import randomise

POINTS = np.random.default_rng(0).normal(size=(3, 5, 3)).astype("float32")
MASK = np.int32([[1, 1, 1, 1, 1], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]])


def built(**arguments):
    inputs = [keras.Input((5, 3)), keras.Input((5,), dtype="int32")]
    encode = set_transformer(4, 2, 2, name="set", **arguments)
    return randomise(keras.Model(inputs, encode(*inputs)))


@pytest.fixture(scope="module")
def pooled():
    return built(seeds=2)


def mab(block, x, y):
    """norm(h + relu(dense(h))), h = norm(x + attention(x, y, y)), for one set."""
    h = norm(
        block.attention_norm, (x if block.fit is None else dense(block.fit, x)) + multi_head(block.attention, x, y)
    )
    return norm(block.feed_forward_norm, h + np.maximum(dense(block.feed_forward, h), 0))


@pytest.mark.parametrize(("seeds", "inducing"), [(1, 0), (2, 0), (1, 3)])
def test_it_is_set_attention_blocks_and_pooling_by_attention(seeds, inducing):
    model = built(seeds=seeds, inducing=inducing)
    each = built(seeds=seeds, inducing=inducing, return_sequence=True)
    found, found_each = (ops.convert_to_numpy(one([POINTS, MASK])) for one in (model, each))
    learned = lambda name: ops.convert_to_numpy(model.get_layer(f"set_{name}").points)[0]  # noqa: E731
    for row in range(2):
        x = POINTS[row][MASK[row] == 1]
        for block in ("block_1", "block_2"):
            if inducing:
                gathered = mab(model.get_layer(f"set_{block}_gather"), learned(f"{block}_inducing"), x)
                x = mab(model.get_layer(f"set_{block}_spread"), x, gathered)
            else:
                x = mab(model.get_layer(f"set_{block}_attention"), x, x)
        np.testing.assert_allclose(found_each[row][MASK[row] == 1], x, rtol=1e-4, atol=1e-4)
        assert not found_each[row][MASK[row] == 0].any()
        heard = np.maximum(dense(model.get_layer("set_pooling_dense"), x), 0)
        answer = mab(model.get_layer("set_pooling"), learned("seeds"), heard)
        if seeds > 1:
            answer = mab(model.get_layer("set_seeds_block"), answer, answer)
        np.testing.assert_allclose(found[row], answer.ravel(), rtol=1e-4, atol=1e-4)
    assert not found[2].any()


@settings(max_examples=3, deadline=None)
@given(order=st.permutations(range(5)))
def test_the_order_of_the_points_makes_no_difference(pooled, order):
    found = ops.convert_to_numpy(pooled([POINTS[:, order], MASK[:, order]]))
    np.testing.assert_allclose(found, ops.convert_to_numpy(pooled([POINTS, MASK])), rtol=1e-5, atol=1e-5)


def test_without_a_mask_all_points_are_there(pooled):
    inputs = keras.Input((5, 3))
    model = randomise(keras.Model(inputs, set_transformer(4, 2, 2, seeds=2)(inputs)))
    wanted = ops.convert_to_numpy(pooled([POINTS, np.ones_like(MASK)]))
    np.testing.assert_allclose(ops.convert_to_numpy(model(POINTS)), wanted, rtol=1e-5, atol=1e-5)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="dim=5, heads=2"):
        set_transformer(5, 2)
    with pytest.raises(ValueError, match="count=0"):
        set_transformer(4, 2, seeds=0)
    with pytest.raises(ValueError, match="received 0 and 0"):
        set_transformer(4, 2, layers=0)
