import numpy as np
import pytest
from keras import ops
from scipy.stats import moment

from multimodal_zoo.objectives import central_moment_discrepancy
from tests.golden.arrays import assert_as_reference, golden
from tests.gradients import input_gradient


def samples(shift=0.3):
    draws = np.random.default_rng(0)
    return draws.uniform(size=(9, 3)).astype("float32"), (draws.uniform(size=(6, 3)) ** 2 + shift).astype("float32")


@pytest.mark.parametrize("moments", [1, 2, 5])
@pytest.mark.parametrize("span", [1.0, 2.0])
def test_it_is_the_sum_of_the_distances_of_the_moments(moments, span):
    first, second = samples()
    expected = np.linalg.norm(first.mean(0) - second.mean(0)) / span
    for order in range(2, moments + 1):
        expected += np.linalg.norm(moment(first, order) - moment(second, order)) / span**order
    assert float(central_moment_discrepancy(first, second, moments, span)) == pytest.approx(expected, rel=1e-5)


def test_equal_samples_have_no_discrepancy_and_a_finite_gradient():
    first, _ = samples()
    assert float(central_moment_discrepancy(first, first)) == pytest.approx(0, abs=1e-6)
    same = ops.convert_to_tensor(first)
    assert np.isfinite(input_gradient(lambda one: central_moment_discrepancy(one, same), first)).all()


def test_the_gradient_brings_the_samples_together():
    first, second = samples(shift=1.0)
    gradient = input_gradient(lambda one: central_moment_discrepancy(one, ops.convert_to_tensor(second)), first)
    before, after = (float(central_moment_discrepancy(one, second)) for one in (first, first - 0.5 * gradient))
    assert after < before


@pytest.mark.parametrize("arguments", [{"moments": 0}, {"span": 0.0}])
def test_what_does_not_fit_is_refused(arguments):
    with pytest.raises(ValueError, match="moments must be at least 1 and span above 0"):
        central_moment_discrepancy(*samples(), **arguments)
    with pytest.raises(ValueError, match="same width"):
        central_moment_discrepancy(np.zeros((4, 3)), np.zeros((4, 2)))


def test_it_is_the_reference():
    arrays = golden("misa_losses")
    assert_as_reference(central_moment_discrepancy(arrays["first"], arrays["second"]), arrays["discrepancy"])
