"""The figures of a network that answers with two vectors a record."""

from __future__ import annotations

from typing import Any

import numpy as np

from multimodal_zoo.metrics.retrieval import retrieval_metrics

# Vectors whose distance is below this are of the same content: the kernels round differently from batch to batch.
SAME = 1e-4


def matching_metrics(groups: np.ndarray, vectors: np.ndarray) -> dict[str, Any]:
    """Recall@1, 5, 10 and ranks of finding the partners of each record both ways, among all of a split.

    Where several records of a group have the same picture, it stands in the gallery once, and asks once; so do equal
    texts. A record one of whose vectors is zeros, since a modality is absent, is left out.

    Args:
        groups: `(records,)` numbers; what has the same one belongs together.
        vectors: `(records, 2 or more, width)`, the two modalities first.

    Returns:
        "first_to_second" and "second_to_first", as `retrieval_metrics` gives them, and `recall_at_1`, `recall_at_5`,
        `recall_at_10` and `median_rank`, the means of both ways.

    Raises:
        ValueError: no record has both modalities.

    Example:
        >>> matching_metrics(np.arange(3), np.stack([np.eye(3), np.eye(3)], axis=1))["recall_at_1"]
        1.0
    """
    groups, vectors = np.asarray(groups).reshape(-1), np.asarray(vectors, "float64")
    there = np.all(np.any(vectors[:, :2], axis=2), axis=1)
    if not there.any():
        raise ValueError(f"There is nothing to match: none of the {len(groups)} records has both modalities.")
    sides = [different(groups[there], vectors[there, side]) for side in (0, 1)]
    (first_groups, first), (second_groups, second) = sides
    ways: dict[str, Any] = retrieval_metrics(first, second, first_groups, second_groups)
    names = ("recall_at_1", "recall_at_5", "recall_at_10", "median_rank")
    both = {name: float(np.mean([figures[name] for figures in ways.values()])) for name in names}
    return {**both, **ways}


def different(groups: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Groups and unit vectors without those that are, but for rounding, another one of their group."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    kept: list[int] = []
    for group in np.unique(groups):
        own: list[int] = []
        for row in np.flatnonzero(groups == group).tolist():
            if not own or np.linalg.norm(unit[own] - unit[row], axis=1).min() > SAME:
                own.append(row)
        kept += own
    return groups[kept], unit[kept]
