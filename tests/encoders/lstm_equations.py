"""The long short-term memory in NumPy, one step at a time."""

import numpy as np
from keras import ops

from tests.encoders.gru_equations import sigmoid


def lstm_states(layer, features):
    """All the states of one row, (steps, units); the gates of a Keras LSTM layer are input, forget, cell, output."""
    kernel, recurrent, bias = (
        ops.convert_to_numpy(weight).astype("float64")
        for weight in (layer.cell.kernel, layer.cell.recurrent_kernel, layer.cell.bias)
    )
    h = c = np.zeros(recurrent.shape[0])
    states = []
    for x in np.asarray(features, "float64"):
        i, f, candidate, o = np.split(x @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.array(states)
