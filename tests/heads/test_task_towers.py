"""The towers of the tasks, one by one."""

import keras
import numpy as np
from keras import ops

from multimodal_zoo.heads import task_towers
from multimodal_zoo.training.precision import precision
from tests.random_weights import randomise

FEATURES = np.random.default_rng(0).normal(size=(4, 2, 6)).astype("float32")


def made():
    inputs = keras.Input((2, 6))
    return randomise(keras.Model(inputs, task_towers(3)(inputs)))


def test_each_task_has_a_tower_and_a_logit():
    model = made()
    towers, biases = (ops.convert_to_numpy(one) for one in model.get_layer("probabilities_towers").weights)
    to_logit, bias = (ops.convert_to_numpy(one) for one in model.get_layer("probabilities_logits").weights)
    wanted = np.zeros((4, 2))
    for task in range(2):
        tower = np.maximum(FEATURES[:, task] @ towers[task] + biases[task], 0)
        wanted[:, task] = 1 / (1 + np.exp(-(tower @ to_logit[task] + bias[task])))
    np.testing.assert_allclose(ops.convert_to_numpy(model(FEATURES)), wanted, rtol=1e-4, atol=1e-6)


def test_it_is_float32_under_mixed_precision():
    with precision("mixed_bfloat16"):
        found = made()(FEATURES)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
