"""The nearest items by comparing with all of them: what an index is measured against."""

from __future__ import annotations

import numpy as np

from multimodal_zoo.retrieval.mahalanobis import Mahalanobis
from multimodal_zoo.retrieval.matching import matching_distances


def exact_search(
    queries: np.ndarray, items: np.ndarray, k: int = 10, metric: str | Mahalanobis = "cosine", chunk: int = 256
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest items of each query.

    Args:
        queries: `(queries, width)`.
        items: `(items, width)`.
        k: how many, at most as many as there are items.
        metric: see `matching_distances`.
        chunk: queries compared at once, for the memory's sake.

    Returns:
        Row numbers of the items `(queries, k)`, nearest first and lower rows first among equals, and their distances.

    Raises:
        ValueError: if `k` is out of range, or the vectors do not fit.

    Example:
        >>> rows, distances = exact_search([[1.0, 0.0]], [[0.0, 2.0], [3.0, 0.0]], k=1)
        >>> rows.tolist()
        [[1]]
    """
    if not 1 <= k <= len(items):
        raise ValueError(f"k must be between 1 and the number of items, {len(items)}; got {k!r}.")
    rows, nearest = [], []
    for start in range(0, max(len(queries), 1), chunk):
        distances = matching_distances(queries[start : start + chunk], items, metric)
        found = np.argsort(distances, axis=1, kind="stable")[:, :k]
        rows.append(found)
        nearest.append(np.take_along_axis(distances, found, axis=1))
    return np.concatenate(rows), np.concatenate(nearest)
