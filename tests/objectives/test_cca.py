import numpy as np
import pytest
from sklearn.cross_decomposition import CCA as IterativeCCA

from multimodal_zoo.objectives import CCA


def views(rows=200, seed=0):
    draws = np.random.default_rng(seed)
    shared = draws.normal(size=(rows, 2))
    first = np.hstack([shared + 0.3 * draws.normal(size=(rows, 2)), draws.normal(size=(rows, 3))])
    second = np.hstack([shared[:, :1] - 0.5 * draws.normal(size=(rows, 1)), draws.normal(size=(rows, 2))])
    return first @ draws.normal(size=(5, 5)) + 3, second @ draws.normal(size=(3, 3)) - 7


def test_the_first_correlation_is_that_of_scikit_learn():
    """Its deflation departs from the closed form after the first component."""
    first, second = views()
    a, b = IterativeCCA(1, max_iter=10_000, tol=1e-12).fit_transform(first, second)
    expected = np.corrcoef(a[:, 0], b[:, 0])[0, 1]
    assert CCA().fit(first, second).correlations[0] == pytest.approx(expected, abs=1e-8)


def test_projections_correlate_as_said_and_with_nothing_else():
    first, second = views()
    cca = CCA().fit(first, second)
    a, b = cca.transform(first, second)
    covariance = np.cov(a.T, b.T)
    expected = np.block([[np.eye(3), np.diag(cca.correlations)], [np.diag(cca.correlations), np.eye(3)]])
    np.testing.assert_allclose(covariance, expected, atol=1e-10)
    assert (np.diff(cca.correlations) <= 0).all()


def test_correlations_do_not_depend_on_the_basis():
    first, second = views()
    turned = first @ np.random.default_rng(5).normal(size=(5, 5)) + 11
    np.testing.assert_allclose(CCA().fit(turned, second).correlations, CCA().fit(first, second).correlations, atol=1e-9)


def test_fewer_components_are_the_first_of_all():
    first, second = views()
    few, every = CCA(2).fit(first, second), CCA().fit(first, second)
    np.testing.assert_allclose(few.transform(first, second)[1], every.transform(first, second)[1][:, :2])


def test_regularization_helps_where_columns_depend_on_one_another():
    first, second = views()
    twice = np.hstack([first, first])
    with pytest.raises(ValueError, match=r"first view \(200, 10\) has no inverse.*regularization"):
        CCA().fit(twice, second)
    plain, regular = CCA().fit(first, second), CCA(regularization=1e-6).fit(twice, second)
    np.testing.assert_allclose(regular.correlations, plain.correlations, atol=1e-4)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="same two or more records"):
        CCA().fit(np.zeros((3, 2)), np.zeros((4, 2)))
    with pytest.raises(ValueError, match="components=4"):
        CCA(4).fit(*views())
    with pytest.raises(ValueError, match="not been fitted"):
        CCA().transform(*views())
    with pytest.raises(ValueError, match="components must be at least 1"):
        CCA(0)
