"""One step after the other against the equations in NumPy; on every backend of Keras."""

import keras
import numpy as np
import pytest

from multimodal_zoo.training.optimizers import LazyAdagrad, LazyAdam, LazyFtrl

ROWS, DIM, STEPS = 6, 3, 4
# Rows that each step reaches; row 5 never.
REACHED = [[0, 1], [1, 2, 3], [4], [1, 0, 4]]


def gradients():
    draw = np.random.default_rng(1)
    for rows in REACHED:
        gradient = np.zeros((ROWS, DIM))
        gradient[rows] = draw.normal(size=(len(rows), DIM))
        yield rows, gradient


def start():
    return np.random.default_rng(0).normal(size=(ROWS, DIM))


def stepped(optimizer):
    """A weight called "embeddings" of some layer after all the steps, from dense gradients."""
    layer = keras.layers.Embedding(ROWS, DIM)
    layer.build()
    layer.set_weights([start()])
    for _, gradient in gradients():
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [layer.embeddings])
    return keras.ops.convert_to_numpy(layer.embeddings)


def test_adam_moves_the_rows_reached_and_no_others():
    weights, first, second = start(), np.zeros((ROWS, DIM)), np.zeros((ROWS, DIM))
    for step, (rows, gradient) in enumerate(gradients(), 1):
        first[rows] = 0.8 * first[rows] + 0.2 * gradient[rows]
        second[rows] = 0.9 * second[rows] + 0.1 * gradient[rows] ** 2
        corrected, spread = first[rows] / (1 - 0.8**step), second[rows] / (1 - 0.9**step)
        # The epsilon of Keras stands beside the root of what is not corrected.
        weights[rows] -= 0.1 * corrected / (np.sqrt(spread) + 1e-7 / np.sqrt(1 - 0.9**step))
    found = stepped(LazyAdam(0.1, beta_1=0.8, beta_2=0.9))
    np.testing.assert_allclose(found, weights, atol=1e-5)
    np.testing.assert_array_equal(found[5], start()[5].astype("float32"))


def test_adagrad():
    weights, gathered = start(), np.full((ROWS, DIM), 0.1)
    for rows, gradient in gradients():
        gathered[rows] += gradient[rows] ** 2
        weights[rows] -= 0.1 * gradient[rows] / np.sqrt(gathered[rows] + 1e-7)
    np.testing.assert_allclose(stepped(LazyAdagrad(0.1)), weights, atol=1e-5)


@pytest.mark.parametrize("shrinkage", [0.0, 0.02])
def test_ftrl(shrinkage):
    rate, l1, l2, beta = 0.3, 0.4, 0.05, 0.2
    weights, gathered, linear = start(), np.full((ROWS, DIM), 0.1), np.zeros((ROWS, DIM))
    for rows, gradient in gradients():
        before = gathered[rows]
        gathered[rows] = before + gradient[rows] ** 2
        shift = (np.sqrt(gathered[rows]) - np.sqrt(before)) / rate
        linear[rows] += gradient[rows] + 2 * shrinkage * weights[rows] - shift * weights[rows]
        curvature = (beta + np.sqrt(gathered[rows])) / rate + 2 * l2
        pulled = np.where(np.abs(linear[rows]) < l1, 0, np.sign(linear[rows]) * l1 - linear[rows])
        weights[rows] = pulled / curvature
    settings = {
        "l1_regularization_strength": l1,
        "l2_regularization_strength": l2,
        "l2_shrinkage_regularization_strength": shrinkage,
        "beta": beta,
    }
    found = stepped(LazyFtrl(rate, **settings))
    np.testing.assert_allclose(found, weights, atol=1e-5)
    assert (found == 0).any(), "the l1 penalty should hold some weights at zero"


def test_amsgrad_is_refused():
    with pytest.raises(ValueError, match="keras.optimizers.Adam"):
        LazyAdam(amsgrad=True)
