"""The figures of cross-modal retrieval, both ways, over a whole gallery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def retrieval_metrics(
    first: np.ndarray,
    second: np.ndarray,
    first_groups: np.ndarray | None = None,
    second_groups: np.ndarray | None = None,
    ks: Sequence[int] = (1, 5, 10),
    chunk: int = 1024,
) -> dict[str, dict[str, float]]:
    """Recall@k, median and mean reciprocal rank of finding one modality by the other, by cosine.

    The rank of a query is that of its best placed partner; a tie counts against it. Recall@k is the share of queries
    whose rank is k or better, as the image-text literature has it. This is a figure of an epoch: it needs the
    embeddings of all records at once, for its gallery is all of them.

    Args:
        first: `(records, width)` embeddings of one modality.
        second: `(others, width)` of the other.
        first_groups: `(records,)`; what has the same group belongs together, as a picture and its captions do. None:
            row i of one belongs to row i of the other.
        second_groups: `(others,)`.
        ks: the cut-offs.
        chunk: queries compared at once, for the memory's sake.

    Returns:
        "first_to_second" and "second_to_first", each with `recall_at_K`, `median_rank` and `mean_reciprocal_rank`.

    Raises:
        ValueError: if the embeddings do not go together, are not finite, or a query has no partner at all.

    Example:
        >>> retrieval_metrics(np.eye(3), np.eye(3))["first_to_second"]["recall_at_1"]
        1.0

    Reference: Faghri et al. 2018, arXiv:1707.05612, section 4 (R@K, median rank).
    """
    first, second = (np.asarray(one, "float64") for one in (first, second))
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"Two arrays (records, width) of one width are needed; got {first.shape}, {second.shape}.")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("The embeddings hold a NaN or an infinity.")
    if (first_groups is None) != (second_groups is None) or (first_groups is None and len(first) != len(second)):
        raise ValueError(
            "Give the groups of both modalities, or none where the rows pair up one to one; "
            f"got {len(first)} and {len(second)} rows."
        )
    groups = (
        [np.arange(len(first))] * 2 if first_groups is None else [np.asarray(first_groups), np.asarray(second_groups)]
    )
    if groups[0].shape != (len(first),) or groups[1].shape != (len(second),):
        raise ValueError(f"One group a row is needed; got {groups[0].shape} and {groups[1].shape}.")
    unit = [one / np.maximum(np.linalg.norm(one, axis=1, keepdims=True), 1e-12) for one in (first, second)]
    ways = {"first_to_second": (0, 1), "second_to_first": (1, 0)}
    figures = {}
    for way, (query, gallery) in ways.items():
        ranks = partner_ranks(unit[query], unit[gallery], groups[query], groups[gallery], chunk)
        figures[way] = {f"recall_at_{k}": float((ranks <= k).mean()) for k in ks}
        figures[way]["median_rank"] = float(np.median(ranks))
        figures[way]["mean_reciprocal_rank"] = float((1 / ranks).mean())
    return figures


def partner_ranks(
    queries: np.ndarray, gallery: np.ndarray, query_groups: np.ndarray, gallery_groups: np.ndarray, chunk: int
) -> np.ndarray:
    """Rank of the best placed partner of each query by inner product, 1 is first."""
    lost = np.flatnonzero(~np.isin(query_groups, gallery_groups))
    if len(lost):
        raise ValueError(f"{len(lost)} queries have no partner, the first in row {lost[0]}: leave them out.")
    ranks = []
    for start in range(0, len(queries), chunk):
        scores = queries[start : start + chunk] @ gallery.T
        partner = query_groups[start : start + chunk, None] == gallery_groups[None, :]
        best = np.where(partner, scores, -np.inf).max(1, keepdims=True)
        ranks.append(1 + (~partner & (scores >= best)).sum(1))
    return np.concatenate(ranks)


def chance_of_recall(query_groups: ArrayLike, gallery_groups: ArrayLike, k: int) -> float:
    """Recall@k to be expected of a gallery in random order.

    Args:
        query_groups: `(queries,)`.
        gallery_groups: `(items,)`; what has the group of the query is a partner.
        k: the cut-off, at least 1.

    Returns:
        The mean over the queries of 1 - C(n - p, k) / C(n, k), with n items, p of them partners.

    Example:
        >>> chance_of_recall(np.arange(4), np.arange(4), k=1)
        0.25
    """
    gallery = np.asarray(gallery_groups)
    partners = (np.asarray(query_groups)[:, None] == gallery[None, :]).sum(1)
    drawn = np.arange(min(k, len(gallery)))
    # None of the items drawn, one after the other, is a partner.
    missed = np.maximum(len(gallery) - partners[:, None] - drawn, 0) / (len(gallery) - drawn)
    return float((1 - missed.prod(axis=1)).mean())
