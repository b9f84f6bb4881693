import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import orthogonality
from tests.golden.arrays import assert_as_reference, golden
from tests.gradients import input_gradient

DRAWS = np.random.default_rng(0)
FIRST, SECOND = DRAWS.normal(2, 1, (7, 3)).astype("float32"), DRAWS.normal(size=(7, 4)).astype("float32")


def test_it_is_the_mean_square_of_the_products_of_columns():
    rows = [one - one.mean(0) for one in (FIRST, SECOND)]
    one, other = (row / np.linalg.norm(row, axis=1, keepdims=True) for row in rows)
    assert float(orthogonality(FIRST, SECOND)) == pytest.approx(np.mean((one.T @ other) ** 2), rel=1e-5)


def test_columns_that_say_different_things_cost_nothing():
    first = np.float32([[1], [1], [-1], [-1]])
    second = np.float32([[1], [-1], [1], [-1]])
    assert float(orthogonality(first, second)) == pytest.approx(0, abs=1e-12)
    assert float(orthogonality(first, first)) == pytest.approx(16)


def test_the_gradient_is_finite_where_all_rows_are_equal():
    gradient = input_gradient(lambda one: orthogonality(one, ops.convert_to_tensor(SECOND)), np.ones((7, 3), "float32"))
    assert np.isfinite(gradient).all()


def test_other_records_are_refused():
    with pytest.raises(ValueError, match="the same records"):
        orthogonality(FIRST, SECOND[:5])


def test_it_is_the_reference():
    arrays = golden("misa_losses")
    assert_as_reference(orthogonality(arrays["first"], arrays["second"]), arrays["difference"])
