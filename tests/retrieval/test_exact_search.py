import numpy as np
import pytest
from scipy.spatial.distance import cdist

from multimodal_zoo.retrieval import exact_search


@pytest.mark.parametrize("chunk", [3, 1000])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_the_nearest_of_all(metric, chunk):
    draws = np.random.default_rng(0)
    queries, items = draws.normal(size=(7, 4)), draws.normal(size=(30, 4))
    distances = cdist(queries, items, metric)
    rows, nearest = exact_search(queries, items, 5, metric, chunk)
    np.testing.assert_array_equal(rows, np.argsort(distances, 1)[:, :5])
    np.testing.assert_allclose(nearest, np.sort(distances, 1)[:, :5], atol=1e-6)


def test_among_equals_the_lower_row_comes_first():
    rows, _ = exact_search(np.ones((1, 2)), np.ones((6, 2)), 4)
    assert rows.tolist() == [[0, 1, 2, 3]]


def test_no_queries_give_no_rows():
    rows, nearest = exact_search(np.zeros((0, 2)), np.ones((6, 2)), 4, "euclidean")
    assert rows.shape == nearest.shape == (0, 4)


@pytest.mark.parametrize("k", [0, 7])
def test_more_than_there_are_is_refused(k):
    with pytest.raises(ValueError, match="between 1 and the number of items, 6"):
        exact_search(np.ones((1, 2)), np.ones((6, 2)), k)
