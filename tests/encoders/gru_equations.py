"""The gated recurrent unit in NumPy, one step at a time."""

import numpy as np
from keras import ops


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru_step(weights, x, h):
    """One step of the reset-after GRU: weights (kernel, recurrent kernel, bias), x (width,), h (units,)."""
    kernel, recurrent, (bias_x, bias_h) = weights
    units = len(h)
    of_x, of_h = x @ kernel + bias_x, h @ recurrent + bias_h
    z = sigmoid(of_x[:units] + of_h[:units])
    r = sigmoid(of_x[units : 2 * units] + of_h[units : 2 * units])
    candidate = np.tanh(of_x[2 * units :] + r * of_h[2 * units :])
    return z * h + (1 - z) * candidate


def gru_weights(layer):
    """The weights of a Keras GRU layer, float64."""
    return [
        ops.convert_to_numpy(weight).astype("float64")
        for weight in (layer.cell.kernel, layer.cell.recurrent_kernel, layer.cell.bias)
    ]


def gru_states(layer, features, skip=1):
    """All the states of one row, (steps, units): h_t = GRU(x_t, h_(t - skip)), h = 0 before the first."""
    weights = gru_weights(layer)
    units = weights[1].shape[0]
    states = []
    for step, x in enumerate(np.asarray(features, "float64")):
        states.append(gru_step(weights, x, states[step - skip] if step >= skip else np.zeros(units)))
    return np.array(states).reshape(-1, units)
