import numpy as np
import pytest
from keras import ops

from multimodal_zoo.objectives import coral
from tests.gradients import input_gradient


def test_it_is_the_distance_of_the_covariances():
    draws = np.random.default_rng(0)
    first, second = draws.normal(0, 2, (9, 4)), draws.normal(3, 1, (6, 4))
    expected = ((np.cov(first.T) - np.cov(second.T)) ** 2).sum() / (4 * 4**2)
    assert float(coral(first, second)) == pytest.approx(expected, rel=1e-5)


def test_the_means_do_not_matter():
    first = np.random.default_rng(1).normal(size=(9, 4))
    assert float(coral(first, first + 5)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("value", [0.0, 1e6])
def test_the_gradient_stays_finite(value):
    second = ops.convert_to_tensor(np.random.default_rng(1).normal(size=(9, 4)).astype("float32"))
    assert np.isfinite(input_gradient(lambda x: coral(x, second), np.full((5, 4), value, "float32"))).all()


@pytest.mark.parametrize(("shapes", "message"), [(((5, 3), (5, 2)), "same width"), (((1, 3), (5, 3)), "two or more")])
def test_what_does_not_fit_is_refused(shapes, message):
    with pytest.raises(ValueError, match=message):
        coral(*(np.zeros(shape) for shape in shapes))
