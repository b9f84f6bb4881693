import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.covariance import LedoitWolf

from multimodal_zoo.retrieval import Mahalanobis, matching_distances


def vectors():
    draws = np.random.default_rng(0)
    mix = draws.normal(size=(5, 5))
    return draws.normal(size=(4, 5)) @ mix, draws.normal(size=(40, 5)) @ mix


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_against_scipy(metric):
    queries, items = vectors()
    np.testing.assert_allclose(matching_distances(queries, items, metric), cdist(queries, items, metric), atol=1e-6)


def test_chi_square_is_its_formula():
    queries, items = (np.abs(one) for one in vectors())
    expected = [[0.5 * ((x - y) ** 2 / (x + y)).sum() for y in items] for x in queries]
    np.testing.assert_allclose(matching_distances(queries, items, "chi_square"), expected)


def test_entries_empty_in_both_histograms_do_not_count():
    assert matching_distances([[0.0, 1.0]], [[0.0, 3.0]], "chi_square")[0, 0] == pytest.approx(0.5)


@pytest.mark.parametrize("shrinkage", ["ledoit_wolf", 0.2, 0])
def test_mahalanobis_against_scipy(shrinkage):
    queries, items = vectors()
    empirical = np.cov(items.T, bias=True)
    covariance = {
        "ledoit_wolf": LedoitWolf().fit(items).covariance_,
        0.2: 0.8 * empirical + 0.2 * np.trace(empirical) / 5 * np.eye(5),
        0: empirical,
    }[shrinkage]
    expected = cdist(queries, items, "mahalanobis", VI=np.linalg.inv(covariance))
    fitted = Mahalanobis(shrinkage).fit(items)
    np.testing.assert_allclose(matching_distances(queries, items, fitted), expected, rtol=1e-6)


def test_mahalanobis_does_not_depend_on_the_units():
    queries, items = vectors()
    units = np.array([1, 10, 100, 0.1, 5])
    one, other = (
        matching_distances(queries * scale, items * scale, Mahalanobis(0).fit(items * scale)) for scale in (1, units)
    )
    np.testing.assert_allclose(other, one, rtol=1e-6)


def test_a_zero_vector_is_at_one_from_everything():
    np.testing.assert_array_equal(matching_distances(np.zeros((1, 5)), vectors()[1]), np.ones((1, 40)))


@pytest.mark.parametrize(
    ("queries", "metric", "message"),
    [
        (np.zeros((2, 4)), "cosine", "one width"),
        (np.full((2, 5), np.nan), "cosine", "NaN"),
        (np.full((2, 5), -1.0), "chi_square", "histograms"),
        (np.zeros((2, 5)), "manhattan", "must be one of"),
        (np.zeros((2, 5)), Mahalanobis(), "not been fitted"),
    ],
)
def test_what_does_not_fit_is_refused(queries, metric, message):
    with pytest.raises(ValueError, match=message):
        matching_distances(queries, np.ones((3, 5)), metric)


def test_a_covariance_without_inverse_is_refused_and_shrinkage_helps():
    few = vectors()[1][:3]
    with pytest.raises(ValueError, match=r"\(3, 5\) has no inverse.*ledoit_wolf"):
        Mahalanobis(0).fit(few)
    assert np.isfinite(Mahalanobis(0.1).fit(few).whitening).all()
    with pytest.raises(ValueError, match="shrinkage must be"):
        Mahalanobis(2)
