"""Layers and activations in NumPy, for the oracles."""

import numpy as np
from keras import ops


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    parts = np.exp(np.asarray(x) - np.max(x))
    return parts / parts.sum()


def relu(x):
    return np.maximum(x, 0)


def array(weight):
    return ops.convert_to_numpy(weight).astype("float64")


def dense(layer, x):
    y = x @ array(layer.kernel)
    return y + array(layer.bias) if layer.use_bias else y


def affine(layer):
    """Kernel and bias of a dense layer as the one matrix that meets [x; 1]."""
    return np.concatenate([array(layer.kernel), array(layer.bias)[None]])
