import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import UncertaintyWeighting
from tests.gradients import weight_gradients

TASKS = {"rating": "regression", "like": "classification"}


def test_the_total_is_that_of_the_paper():
    layer = UncertaintyWeighting(TASKS)
    layer({"rating": np.float32(1), "like": np.float32(1)})
    sigma = {"rating": 0.5, "like": 2.0}
    for name, value in sigma.items():
        layer.log_variance[name].assign(np.log(value**2))
    losses = {"rating": np.array([1.0, 3.0], "float32"), "like": np.float32(0.7)}
    expected = 2.0 / (2 * 0.5**2) + np.log(0.5) + 0.7 / 2.0**2 + np.log(2.0)
    assert float(layer(losses)) == pytest.approx(expected, rel=1e-6)
    assert float(layer.losses[0]) == pytest.approx(expected, rel=1e-6)


def test_at_the_best_variance_the_gradient_is_zero():
    """sigma^2 = 2 c L: the mean squared error for regression."""
    losses = {"rating": np.float32(3.0), "like": np.float32(0.4)}
    layer = UncertaintyWeighting(TASKS)
    layer(losses)
    layer.log_variance["rating"].assign(np.log(3.0))
    layer.log_variance["like"].assign(np.log(0.8))
    gradients = weight_gradients(layer, losses, loss=lambda total: total)
    assert len(gradients) == 2
    np.testing.assert_allclose(list(gradients.values()), 0, atol=1e-6)


def test_fit_finds_the_variances_of_the_noise():
    draws = np.random.default_rng(0)
    inputs = {name: keras.Input((1,), name=name) for name in ("x", "y")}
    squares = ops.square(inputs["x"] - inputs["y"])
    layer = UncertaintyWeighting({"y": "regression"})
    model = keras.Model(inputs, layer({"y": squares}))
    model.compile(keras.optimizers.Adam(0.1))
    noise = draws.normal(0, 3, (64, 1))
    steps = np.tile(noise, (80, 1))
    model.fit({"x": np.zeros_like(steps), "y": steps}, batch_size=64, shuffle=False, verbose=0)
    assert float(ops.exp(layer.log_variance["y"])) == pytest.approx((noise**2).mean(), rel=0.02)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="got {'a': 'ranking'}"):
        UncertaintyWeighting({"a": "ranking"})
    with pytest.raises(ValueError, match="received \\['rating'\\]"):
        UncertaintyWeighting(TASKS)({"rating": np.float32(1)})
