"""The temporal convolutional network: its equation, its receptive field, and that it never looks ahead."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo.encoders import tcn
from multimodal_zoo.encoders.tcn import CausalConvolution, receptive_field
from tests.random_weights import randomise

STEPS = 17


@pytest.fixture(scope="module")
def at_each_step():
    inputs = keras.Input((STEPS, 2))
    model = keras.Model(inputs, tcn((3, 3, 3), kernel=2, return_sequence=True, name="tcn")(inputs))
    return randomise(model)


def causal(layer, series):
    weights = ops.convert_to_numpy(layer.directions).astype("float64")
    weights = weights * ops.convert_to_numpy(layer.gains) / np.sqrt((weights**2).sum(axis=(0, 1)))
    rows = []
    for step in range(len(series)):
        total = ops.convert_to_numpy(layer.biases).astype("float64")
        for tap in range(layer.kernel):
            back = step - layer.dilation * (layer.kernel - 1 - tap)
            if back >= 0:
                total = total + series[back] @ weights[tap]
        rows.append(np.maximum(total, 0))
    return np.array(rows)


@pytest.mark.parametrize(("kernel", "dilation"), [(1, 1), (2, 4), (3, 2)])
def test_a_convolution_is_its_equation(kernel, dilation):
    series = np.random.default_rng(0).normal(size=(1, 9, 2)).astype("float32")
    layer = CausalConvolution(3, kernel, dilation)
    layer(series)
    randomise(layer)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(series))[0], causal(layer, series[0]), rtol=1e-5, atol=1e-5)


def test_the_whole_is_residual_blocks_of_doubling_dilation(at_each_step):
    series = np.random.default_rng(0).normal(size=(1, STEPS, 2)).astype("float32")
    x = series[0]
    for index in (1, 2, 3):
        first, second = (at_each_step.get_layer(f"tcn_block_{index}_convolution_{number}") for number in (1, 2))
        assert first.dilation == second.dilation == 2 ** (index - 1)
        residual = x
        if index == 1:
            fit = at_each_step.get_layer("tcn_block_1_residual")
            residual = x @ ops.convert_to_numpy(fit.kernel) + ops.convert_to_numpy(fit.bias)
        x = np.maximum(causal(second, causal(first, x)) + residual, 0)
    np.testing.assert_allclose(ops.convert_to_numpy(at_each_step(series))[0], x, rtol=1e-4, atol=1e-4)


@settings(max_examples=3, deadline=None)
@given(step=st.integers(0, STEPS - 1), seed=st.integers(0, 2**16))
def test_no_step_sees_a_later_one(at_each_step, step, seed):
    draws = np.random.default_rng(seed)
    series = draws.normal(size=(2, STEPS, 2)).astype("float32")
    series[1, :step] = series[0, :step]
    found = ops.convert_to_numpy(at_each_step(series))
    np.testing.assert_allclose(found[1, :step], found[0, :step], rtol=1e-6, atol=1e-6)


def test_a_step_depends_on_just_as_many_steps_as_the_receptive_field_says():
    """All weights positive, no bias: then whatever is seen changes the answer."""
    assert receptive_field(2, 3) == 15 and receptive_field(3, 4) == 61 and receptive_field(5, 0) == 1
    inputs = keras.Input((STEPS, 1))
    model = keras.Model(inputs, tcn((2, 2, 2), kernel=2)(inputs))
    for weight in model.weights:
        weight.assign(np.full(weight.shape, 0.0 if "bias" in weight.path else 0.5))
    series = np.ones((STEPS + 1, STEPS, 1), "float32")
    for step in range(STEPS):
        series[step, step] = 2
    found = ops.convert_to_numpy(model(series))
    seen = np.abs(found[:STEPS] - found[STEPS]).max(axis=1) > 1e-6
    np.testing.assert_array_equal(seen, [False] * (STEPS - 15) + [True] * 15)


def test_the_vector_is_the_last_step_of_the_sequence(at_each_step):
    inputs = keras.Input((STEPS, 2))
    model = randomise(keras.Model(inputs, tcn((3, 3, 3), kernel=2)(inputs)))
    series = np.random.default_rng(0).normal(size=(2, STEPS, 2)).astype("float32")
    each = ops.convert_to_numpy(at_each_step(series))
    np.testing.assert_allclose(ops.convert_to_numpy(model(series)), each[:, -1], rtol=1e-5, atol=1e-6)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="received none"):
        tcn(())
    with pytest.raises(ValueError, match="kernel=0"):
        tcn((3,), kernel=0)
    with pytest.raises(ValueError, match=r"received the shape \(None, 5\)"):
        tcn((3,))(keras.Input((5,)))
