import numpy as np
import pytest

from multimodal_zoo.training import scaled_learning_rate


def test_the_rate_is_in_proportion_to_the_batch():
    assert scaled_learning_rate(1e-3, 256, 64) == pytest.approx(4e-3)
    assert scaled_learning_rate(1e-3, 16, 64) == pytest.approx(2.5e-4)


def test_the_warm_up_is_a_straight_line_that_ends_at_the_scaled_rate():
    schedule = scaled_learning_rate(1e-3, 512, 64, warm_up_steps=10)
    rates = [float(schedule(step)) for step in range(15)]
    expected = [1e-3 + (8e-3 - 1e-3) * min(1.0, step / 10) for step in range(15)]
    np.testing.assert_allclose(rates, expected, rtol=1e-5)


@pytest.mark.parametrize("wrong", [(0.0, 8, 8, 0), (1e-3, 0, 8, 0), (1e-3, 8, -1, 0), (1e-3, 8, 8, -1)])
def test_what_cannot_be_scaled_is_refused(wrong):
    with pytest.raises(ValueError, match="have to be above 0"):
        scaled_learning_rate(*wrong)
