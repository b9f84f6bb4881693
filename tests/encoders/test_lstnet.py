"""LSTNet for series against its equations in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import AutoregressiveHighway, lstnet, lstnet_forecast
from tests.encoders.gru_equations import gru_states
from tests.golden.arrays import assert_as_reference, golden, set_dense
from tests.random_weights import randomise

SERIES = np.random.default_rng(0).normal(size=(2, 7, 3)).astype("float32")


def built(encode):
    inputs = keras.Input((7, 3))
    return randomise(keras.Model(inputs, encode(inputs)))


def deep_states(model, series, skip):
    """[GRU state; the last `skip` states of the skip-GRU] of one series, (steps, variables)."""
    kernel = ops.convert_to_numpy(model.get_layer("power_convolution").kernel)
    bias = ops.convert_to_numpy(model.get_layer("power_convolution").bias)
    before = np.pad(series, [[len(kernel) - 1, 0], [0, 0]])
    windows = [before[step : step + len(kernel)] for step in range(len(series))]
    features = np.stack([np.maximum(np.einsum("kv,kvf->f", window, kernel) + bias, 0) for window in windows])
    states = [gru_states(model.get_layer("power_gru"), features)[-1]]
    if skip:
        skipped = gru_states(model.get_layer("power_skip_gru").gru, features, skip)
        states += [skipped[-1 - back] for back in range(skip)]
    return np.concatenate(states)


@pytest.mark.parametrize("skip", [0, 2])
def test_the_deep_part_is_causal_convolution_gru_and_skip_gru(skip):
    model = built(lstnet(filters=4, kernel=3, units=2, skip=skip, skip_units=2, name="power"))
    wanted = [deep_states(model, series, skip) for series in SERIES]
    np.testing.assert_allclose(ops.convert_to_numpy(model(SERIES)), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("skip", [0, 2])
def test_attention_averages_the_states_of_the_gru_by_how_well_they_fit_the_last(skip):
    encode = lstnet(filters=4, kernel=3, units=2, skip=skip, skip_units=2, attention=True, name="power")
    inputs, mask = keras.Input((7, 3)), keras.Input((7,))
    model = randomise(keras.Model([inputs, mask], encode(inputs, mask)))
    found = ops.convert_to_numpy(model([SERIES, np.float32([[1] * 7, [1] * 5 + [0] * 2])]))
    scores_of = ops.convert_to_numpy(model.get_layer("power_attention").score_weights)
    for row, steps in enumerate((7, 5)):
        # The state after each of the steps: that of the series which ends there.
        states = np.stack([deep_states(model, SERIES[row, : step + 1], 0) for step in range(steps)])
        weights = np.exp(states @ scores_of @ states[-1] / np.sqrt(2))
        attended = weights @ states / weights.sum()
        wanted = deep_states(model, SERIES[row, :steps], skip)
        wanted = np.concatenate([wanted[:2], attended, wanted[2:]])
        np.testing.assert_allclose(found[row], wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("highway", [0, 4, 9])
def test_a_forecast_is_a_linear_layer_plus_each_variables_own_past(highway):
    """A window longer than the series finds zeros before it."""
    model = built(lstnet_forecast(highway, filters=4, kernel=3, units=2, skip=2, skip_units=2, name="power"))
    dense = model.get_layer("power_dense")
    for row, series in enumerate(SERIES):
        wanted = deep_states(model, series, 2) @ ops.convert_to_numpy(dense.kernel) + ops.convert_to_numpy(dense.bias)
        if highway:
            linear = model.get_layer("power_highway")
            weights = ops.convert_to_numpy(linear.weights_of_steps)
            last = series[::-1][:highway]
            wanted = wanted + weights[: len(last)] @ last + float(linear.bias.value)
        np.testing.assert_allclose(ops.convert_to_numpy(model(SERIES))[row], wanted, rtol=1e-5, atol=1e-5)


def test_at_first_the_deep_path_forecasts_alone():
    layer = AutoregressiveHighway(3)
    found = ops.convert_to_numpy(layer(SERIES, np.ones((2, 7), "int32")))
    np.testing.assert_array_equal(found, np.zeros((2, 3)))


def test_called_twice_it_shares_its_weights():
    forecast = lstnet_forecast(3, skip=2)
    first, second = keras.Input((7, 3)), keras.Input((7, 3))
    once = keras.Model(first, forecast(first))
    twice = keras.Model([first, second], [forecast(first), forecast(second)])
    assert len(twice.weights) == len(once.weights)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="window=-1"):
        lstnet_forecast(-1)
    for encode in (lstnet(), lstnet_forecast()):
        with pytest.raises(ValueError, match=r"received the shape \(None, 5\)"):
            encode(keras.Input((5,)))


def set_gru(gru, arrays, name):
    """The reference has the gates in the order reset, update; Keras has update, reset."""
    weights = []
    for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        reset, update, candidate = np.split(arrays[f"{name}.{part}_l0"], 3)
        weights.append(np.concatenate([update, reset, candidate]).T)
    gru.set_weights([weights[0], weights[1], np.stack(weights[2:])])


def test_the_forecast_is_that_of_the_authors_code():
    """The paper puts zeros before the series, the reference does not: the golden series begin with them."""
    arrays = golden("lstnet")
    inputs = keras.Input((13, 2))
    forecast = lstnet_forecast(4, filters=5, kernel=3, units=4, skip=2, skip_units=3, name="power")
    model = keras.Model(inputs, forecast(inputs))
    convolution = model.get_layer("power_convolution")
    convolution.kernel.assign(arrays["conv1.weight"][:, 0].transpose(1, 2, 0))
    convolution.bias.assign(arrays["conv1.bias"])
    set_gru(model.get_layer("power_gru"), arrays, "GRU1")
    set_gru(model.get_layer("power_skip_gru").gru, arrays, "GRUskip")
    # The states of the skip-GRU: there the oldest first, here the newest.
    of_state, of_skip = np.split(arrays["linear1.weight"], [4], axis=1)
    newest_first = of_skip.reshape(2, 2, 3)[:, ::-1].reshape(2, 6)
    arrays["linear1.weight"] = np.concatenate([of_state, newest_first], axis=1)
    set_dense(model.get_layer("power_dense"), arrays, "linear1")
    highway = model.get_layer("power_highway")
    highway.weights_of_steps.assign(arrays["highway.weight"][0, ::-1])
    highway.bias.assign(arrays["highway.bias"][0])
    assert_as_reference(model(arrays["series"]), arrays["output"])
