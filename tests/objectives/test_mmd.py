import numpy as np
import pytest
from keras import ops
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import rbf_kernel

from multimodal_zoo.objectives import mmd
from tests.gradients import input_gradient

BANDWIDTHS = (0.5, 1.0, 3.0)


def samples(seed=0, shift=0.5):
    draws = np.random.default_rng(seed)
    return draws.normal(size=(7, 3)).astype("float32"), (draws.normal(size=(5, 3)) + shift).astype("float32")


def kernel(first, second, bandwidths=BANDWIDTHS):
    return np.mean([rbf_kernel(first, second, gamma=1 / (2 * b**2)) for b in bandwidths], axis=0)


def test_biased_is_the_mean_over_all_pairs():
    first, second = samples()
    expected = kernel(first, first).mean() + kernel(second, second).mean() - 2 * kernel(first, second).mean()
    assert float(mmd(first, second, BANDWIDTHS, unbiased=False)) == pytest.approx(expected, abs=1e-6)


def test_unbiased_leaves_each_row_with_itself_out():
    first, second = samples()

    def within(x):
        table = kernel(x, x)
        return (table.sum() - np.trace(table)) / (len(x) * (len(x) - 1))

    expected = within(first) + within(second) - 2 * kernel(first, second).mean()
    assert float(mmd(first, second, BANDWIDTHS)) == pytest.approx(expected, abs=1e-6)


def test_bandwidths_of_its_own_come_from_the_mean_squared_distance():
    first, second = samples()
    tables = [cdist(a, b, "sqeuclidean").ravel() for a, b in ((first, first), (second, second), (first, second))]
    scale = np.concatenate(tables).mean()
    given = mmd(first, second, tuple(np.sqrt(factor * scale) for factor in (0.25, 0.5, 1, 2, 4)))
    assert float(mmd(first, second)) == pytest.approx(float(given), abs=1e-6)


def test_equal_samples_have_no_discrepancy():
    first, _ = samples()
    assert float(mmd(first, first, unbiased=False)) == pytest.approx(0, abs=1e-6)
    assert float(mmd(first, first)) < 0, "the unbiased estimate of equal samples lies below zero"


def test_the_unbiased_estimate_of_one_distribution_is_zero_on_average():
    values = [float(mmd(*samples(seed, shift=0.0), BANDWIDTHS)) for seed in range(30)]
    biased = [float(mmd(*samples(seed, shift=0.0), BANDWIDTHS, unbiased=False)) for seed in range(30)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(30)
    assert np.mean(biased) > 10 * np.std(biased) / np.sqrt(30)


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize("value", [0.0, 1e6])
def test_a_collapsed_batch_has_a_finite_gradient(unbiased, value):
    second = ops.convert_to_tensor(np.full((4, 3), value, "float32"))
    gradient = input_gradient(lambda x: mmd(x, second, unbiased=unbiased), np.full((4, 3), value, "float32"))
    assert np.isfinite(gradient).all()


def test_the_gradient_brings_the_samples_together():
    first, second = samples(shift=3.0)
    gradient = input_gradient(lambda x: mmd(x, ops.convert_to_tensor(second), unbiased=False), first)
    assert float(mmd(first - gradient, second, unbiased=False)) < float(mmd(first, second, unbiased=False))


@pytest.mark.parametrize(
    ("shapes", "settings", "message"),
    [
        (((5, 3), (6, 2)), {}, "same width"),
        (((1, 3), (6, 3)), {}, "unbiased=False"),
        (((5, 3), (6, 3)), {"bandwidths": (1.0, 0.0)}, "greater than 0"),
        (((5,), (6, 3)), {}, r"received \(5,\)"),
    ],
)
def test_what_does_not_fit_is_refused(shapes, settings, message):
    with pytest.raises(ValueError, match=message):
        mmd(*(np.zeros(shape, "float32") for shape in shapes), **settings)
