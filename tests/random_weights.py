"""Weights drawn at random, biases and zero-initialised ones included: an oracle then exercises all."""

import numpy as np


def randomise(layer, seed=0, scale=0.7):
    """Fills every trainable weight of a built layer with normal draws and returns the layer."""
    draws = np.random.default_rng(seed)
    for variable in layer.trainable_variables:
        variable.assign(draws.normal(scale=scale, size=variable.shape).astype("float32"))
    return layer
