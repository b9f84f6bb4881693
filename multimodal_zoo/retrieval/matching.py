"""How well a query and an item match: distances between vectors, small where they match."""

from __future__ import annotations

import numpy as np
from sklearn.metrics.pairwise import additive_chi2_kernel, euclidean_distances

from multimodal_zoo.retrieval.mahalanobis import Mahalanobis

METRICS = ("euclidean", "cosine", "chi_square")


def matching_distances(queries: np.ndarray, items: np.ndarray, metric: str | Mahalanobis = "cosine") -> np.ndarray:
    """Distances of all queries from all items.

        "euclidean":   |x - y|
        "cosine":      1 - <x, y> / (|x| |y|), from 0 to 2; a zero vector is at 1 from everything
        "chi_square":  1/2 sum_d (x_d - y_d)^2 / (x_d + y_d), for histograms: no entry may be below 0
        Mahalanobis:   sqrt( (x - y)' S^(-1) (x - y) ), of a fitted `Mahalanobis`

    Args:
        queries: `(queries, width)`.
        items: `(items, width)`.
        metric: one of the names, or a fitted `Mahalanobis`.

    Returns:
        `(queries, items)` in float64.

    Raises:
        ValueError: if the metric does not exist, or the vectors do not fit it or one another.

    Example:
        >>> matching_distances([[1.0, 0.0]], [[0.0, 2.0], [3.0, 0.0]]).tolist()
        [[1.0, 0.0]]

    Reference: chi-square: Puzicha et al. 1999, Empirical evaluation of dissimilarity measures for color and texture.
    """
    queries, items = two_tables(queries, items)
    if not len(queries) or not len(items):
        return np.zeros((len(queries), len(items)))
    if metric == "chi_square":
        if min(queries.min(initial=0), items.min(initial=0)) < 0:
            raise ValueError("The chi-square distance is for histograms: an entry is below 0.")
        return -additive_chi2_kernel(queries, items) / 2
    if metric == "cosine":
        return 1 - unit_rows(queries) @ unit_rows(items).T
    queries, items = (euclidean_space(one, metric) for one in (queries, items))
    return euclidean_distances(queries, items)


def two_tables(queries: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as finite float64 `(rows, width)` of one width, or a ValueError."""
    queries, items = np.asarray(queries, "float64"), np.asarray(items, "float64")
    if queries.ndim != 2 or items.ndim != 2 or queries.shape[1] != items.shape[1]:
        raise ValueError(f"Two arrays (rows, width) of one width are needed; got {queries.shape} and {items.shape}.")
    if not (np.isfinite(queries).all() and np.isfinite(items).all()):
        raise ValueError("The vectors hold a NaN or an infinity.")
    return queries, items


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Each row divided by its length; zero stays zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


def euclidean_space(vectors: np.ndarray, metric: str | Mahalanobis) -> np.ndarray:
    """Vectors whose Euclidean distances rank as the metric does.

    Raises:
        ValueError: if there is no such space, or no such metric.
    """
    if isinstance(metric, Mahalanobis):
        return metric.whiten(vectors)
    if metric == "euclidean":
        return vectors
    if metric == "cosine":
        return unit_rows(vectors)
    if metric == "chi_square":
        raise ValueError("The chi-square distance has no index: search with `exact_search`.")
    raise ValueError(f"metric must be one of {list(METRICS)} or a fitted Mahalanobis, got {metric!r}.")
