"""GAUC: the AUC within each user, averaged."""

from __future__ import annotations

import numpy as np

WEIGHTS = ("impressions", "clicks", "equal")


def group_auc(labels: np.ndarray, scores: np.ndarray, groups: np.ndarray, weights: str = "impressions") -> float | None:
    """Mean of the AUC of each group (user), which the order of users against one another does not sway.

        GAUC = sum_u w_u AUC_u / sum_u w_u,   over the groups with both a click and no click

    It needs all rows of a group at once: a figure of an epoch, not of a batch.

    Args:
        labels: `(records,)` 0 or 1.
        scores: `(records,)`.
        groups: `(records,)` the user of each.
        weights: w_u is its number of "impressions" (rows) or "clicks", or is "equal".

    Returns:
        The figure, or None where no group has both.

    Raises:
        ValueError: if the three differ in length, labels are not 0 or 1, scores are not finite, or `weights` does not
            exist.

    Example:
        >>> group_auc([1, 0, 1, 0], [0.9, 0.1, 0.2, 0.3], ["a", "a", "b", "b"])
        0.5

    Reference: Zhou et al. 2018 (DIN), arXiv:1706.06978, section 6.3; Zhu et al. 2017, Optimized cost per click in
        Taobao display advertising, KDD.
    """
    labels, scores, groups = np.ravel(labels), np.ravel(np.asarray(scores, "float64")), np.ravel(groups)
    if not len(labels) == len(scores) == len(groups):
        raise ValueError(f"One label, score and group a record; got {len(labels)}, {len(scores)} and {len(groups)}.")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"Labels must be 0 or 1; got {np.unique(labels)[:5].tolist()}.")
    if not np.isfinite(scores).all():
        raise ValueError("The scores hold a NaN or an infinity.")
    if weights not in WEIGHTS:
        raise ValueError(f"weights must be one of {list(WEIGHTS)}, got {weights!r}.")
    if not len(labels):
        return None
    _, user, rows = np.unique(groups, return_inverse=True, return_counts=True)
    # One sort for all users; the rank within a user of a run of ties is the mean of its places.
    order = np.lexsort((scores, user))
    ordered, owner = scores[order], user[order]
    run = np.cumsum(np.concatenate([[True], (np.diff(ordered) != 0) | (np.diff(owner) != 0)])) - 1
    size = np.bincount(run)
    place = np.cumsum(size) - (size - 1) / 2
    ranks = np.empty(len(scores))
    ranks[order] = place[run] - (np.cumsum(rows) - rows)[owner]
    clicks = np.bincount(user, labels, len(rows))
    others = rows - clicks
    defined = (clicks > 0) & (others > 0)
    if not defined.any():
        return None
    above = np.bincount(user, ranks * labels, len(rows)) - clicks * (clicks + 1) / 2
    auc = above[defined] / (clicks * others)[defined]
    weight = {"impressions": rows, "clicks": clicks, "equal": np.ones(len(rows))}[weights][defined]
    return float(np.average(auc, weights=weight))
