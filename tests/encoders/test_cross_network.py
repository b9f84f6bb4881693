"""Cross layers against their equations."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import CrossLayer, cross_network
from tests.random_weights import randomise

FIRST = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")


def built(**arguments):
    inputs = keras.Input((5,))
    return randomise(keras.Model(inputs, cross_network(2, name="cross", **arguments)(inputs)))


def weights(model, number):
    return {w.name: ops.convert_to_numpy(w).astype("float64") for w in model.get_layer(f"cross_{number}").weights}


@pytest.mark.parametrize("rank", [None, 2])
def test_matrix_form_is_equation_1_and_with_a_rank_equation_2(rank):
    model = built(rank=rank)
    x = FIRST
    for number in (1, 2):
        w = weights(model, number)
        kernel = w["kernel"] if rank is None else w["v"] @ w["u"]
        assert kernel.shape == (5, 5)
        # Row by row: x_0 * (W x + b) + x.
        x = np.stack([x0 * (kernel.T @ row + w["bias"]) + row for x0, row in zip(FIRST, x, strict=True)])
    np.testing.assert_allclose(ops.convert_to_numpy(model(FIRST)), x, rtol=1e-5, atol=1e-5)


def test_vector_form_is_equation_3_of_the_first_paper():
    model = built(form="vector")
    x = FIRST
    for number in (1, 2):
        w = weights(model, number)
        # Row by row: x_0 x^T w + b + x.
        x = np.stack(
            [np.outer(x0, row) @ w["kernel"][:, 0] + w["bias"] + row for x0, row in zip(FIRST, x, strict=True)]
        )
    np.testing.assert_allclose(ops.convert_to_numpy(model(FIRST)), x, rtol=1e-5, atol=1e-5)


def test_two_layers_make_products_of_up_to_three_features():
    """A polynomial of the degree 3: the differences of the fourth order vanish, those of the third do not."""
    model = built()
    steps = np.arange(5, dtype="float32")[:, None] * np.float32([[1, -1, 0.5, 0, 2]])
    along = ops.convert_to_numpy(model(steps)).astype("float64")
    assert np.abs(np.diff(along, n=3, axis=0)).max() > 0.1
    np.testing.assert_allclose(np.diff(along, n=4, axis=0), 0, atol=1e-3)


def test_a_rank_saves_weights():
    assert built(rank=1).count_params() == 2 * (5 + 5 + 5)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="layers=0"):
        cross_network(0)
    with pytest.raises(ValueError, match="matrix, vector; received 'tensor'"):
        cross_network(1, form="tensor")
    for arguments in ({"rank": 0}, {"rank": 2, "form": "vector"}):
        with pytest.raises(ValueError, match="rank must be positive, and goes with form='matrix'"):
            CrossLayer(**arguments)
