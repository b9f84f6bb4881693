import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import DomainCritic
from tests.gradients import input_gradient, weight_gradients
from tests.random_weights import randomise

FEATURES = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def made(scale):
    layer = DomainCritic(3, hidden=(6,), scale=scale)
    layer(FEATURES)
    return randomise(layer)


def test_it_is_a_perceptron():
    layer = made(1.0)
    (w1, b1), (w2, b2) = (
        [ops.convert_to_numpy(one) for one in dense.weights] for dense in (*layer.hidden_layers, layer.logits)
    )
    expected = np.maximum(FEATURES @ w1 + b1, 0) @ w2 + b2
    np.testing.assert_allclose(ops.convert_to_numpy(layer(FEATURES)), expected, rtol=1e-5, atol=1e-5)


def test_the_critic_learns_as_if_nothing_were_reversed_and_the_encoder_the_other_way():
    def loss(logits):
        return ops.sum(ops.square(logits))

    plain, turned = made(-1.0), made(0.5)
    for one, other in zip(
        *(weight_gradients(layer, FEATURES, loss=loss).values() for layer in (plain, turned)), strict=True
    ):
        np.testing.assert_allclose(other, one, rtol=1e-5)
    towards, away = (input_gradient(lambda x, layer=layer: loss(layer(x)), FEATURES) for layer in (plain, turned))
    np.testing.assert_allclose(away, -0.5 * towards, rtol=1e-5)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="two or more domains"):
        DomainCritic(1)
    with pytest.raises(ValueError, match=r"\(batch, width\); received the shape \(2, 3, 4\)"):
        DomainCritic(2)(np.zeros((2, 3, 4)))
