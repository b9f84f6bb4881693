import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities.standardise import deviations, mean_and_variance, standardised


def test_mean_and_variance_are_of_what_is_finite():
    rows = np.array([[1e8, 5, np.nan], [1e8 + 8, 5, 2], [np.inf, 5, 6], [-np.inf, 5, 4]], "float32")
    mean, variance = mean_and_variance("Numeric", rows)
    assert mean == (1e8 + 4, 5.0, 4.0) and variance == (16.0, 1.0, 8 / 3)


def test_a_column_of_nothing_and_no_rows_are_refused():
    for rows in (np.array([[1.0, np.nan]]), np.zeros((0, 2))):
        with pytest.raises(ValueError, match="Series: adapt.. got a column without a single finite number"):
            mean_and_variance("Series", rows)


def test_numbers_of_any_rank_in_deviations():
    numbers = np.array([[[1, 30]], [[np.nan, 10]], [[np.inf, 3e38]]], "float32")
    found = standardised(tf.constant(numbers), (3.0, 10.0), (4.0, 100.0), limit=50.0)
    np.testing.assert_array_equal(found, [[[-1, 2]], [[0, 0]], [[0, 50]]])
    assert deviations((4.0, 0.0))[1] > 0
