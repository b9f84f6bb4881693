"""What bi-interaction and its attentional form have in common with a factorisation machine."""

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import factorization_machine
from multimodal_zoo.fusion import AttentionalPairs, BiInteraction
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
VECTORS = {name: DRAWS.normal(size=(4, 5)).astype("float32") for name in ("user", "item", "genres")}


def test_vectors_of_the_joint_width_enter_as_they_are_and_add_up_to_the_factorization_machine():
    operator = BiInteraction(5, tuple(VECTORS))
    joint = ops.convert_to_numpy(operator(VECTORS))
    assert operator.weights == []
    wanted = ops.convert_to_numpy(factorization_machine()(VECTORS))
    np.testing.assert_allclose(joint.sum(axis=1, keepdims=True), wanted, rtol=1e-5, atol=1e-5)


def test_of_two_it_is_their_product_and_adds_up_to_the_inner_product():
    pair = {name: VECTORS[name] for name in ("user", "item")}
    joint = ops.convert_to_numpy(BiInteraction(5, tuple(pair))(pair))
    np.testing.assert_allclose(joint, VECTORS["user"] * VECTORS["item"], rtol=1e-6)


def test_one_that_is_there_alone_has_no_pairs():
    presence = np.tile(np.float32([1, 0, 0]), (4, 1))
    for operator in (BiInteraction(5, tuple(VECTORS)), AttentionalPairs(5, tuple(VECTORS))):
        np.testing.assert_array_equal(ops.convert_to_numpy(operator(VECTORS, presence=presence)), 0)


def test_attention_that_does_not_care_takes_the_mean_over_the_pairs():
    operator = AttentionalPairs(5, tuple(VECTORS))
    operator(VECTORS)
    randomise(operator)
    operator.scorer.kernel.assign(np.zeros((5, 1)))
    joint = ops.convert_to_numpy(operator(VECTORS))
    np.testing.assert_allclose(joint, ops.convert_to_numpy(BiInteraction(5, tuple(VECTORS))(VECTORS)) / 3, rtol=1e-5)


def test_the_attention_has_its_own_width():
    operator = AttentionalPairs(5, tuple(VECTORS), attention_dim=7)
    operator(VECTORS)
    assert operator.attention.kernel.shape == (5, 7) and operator.scorer.kernel.shape == (7, 1)
    assert operator.get_config()["attention_dim"] == 7
    with pytest.raises(ValueError, match="attention_dim=0"):
        AttentionalPairs(5, ("a", "b"), attention_dim=0)
