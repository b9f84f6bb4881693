"""Candidates of each row in the order of their scores, and where each run of equal scores lies."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

LOWEST = -1e30


def candidate_lists(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Relevances and scores `(batch, candidates)` in float32; padding (a relevance below 0) gets the lowest score.

    Raises:
        ValueError: if the two do not have one such shape.
    """
    relevance, scores = ops.convert_to_tensor(y_true, "float32"), ops.convert_to_tensor(y_pred, "float32")
    shapes = tuple(relevance.shape), tuple(scores.shape)
    if any(len(shape) != 2 for shape in shapes) or None not in (shapes[0] + shapes[1]) and shapes[0] != shapes[1]:
        raise ValueError(
            "y_true and y_pred must both have the shape (batch, candidates), one row a query or user; received "
            f"{shapes[0]} and {shapes[1]}."
        )
    return ops.maximum(relevance, 0.0), ops.where(relevance < 0, LOWEST, scores)


def sorted_by_score(relevance: Any, scores: Any) -> tuple[Any, Any, Any]:
    """Relevance in falling order of the scores, and for each place how many stand before and up to its run of ties.

    Returns:
        relevance `(batch, candidates)`; `before` and `upto`, whole numbers of the same shape: the candidate stands at
        any of the ranks before + 1 to upto, all equally likely.
    """
    order = ops.argsort(-scores, axis=1)
    scores = ops.take_along_axis(scores, order, axis=1)
    first = ops.ones_like(scores[:, :1], dtype="bool")
    begins = ops.concatenate([first, ops.not_equal(scores[:, 1:], scores[:, :-1])], axis=1)
    run = ops.cumsum(ops.cast(begins, "int32"), axis=1) - 1
    # Where each run of ties begins, in order, and behind the last of them the number of candidates.
    places, count = ops.arange(ops.shape(scores)[1]), ops.shape(scores)[1]
    starts = ops.sort(ops.where(begins, ops.cast(places, "int32"), count), axis=1)
    starts = ops.concatenate([starts, count * ops.ones_like(starts[:, :1])], axis=1)
    before = ops.take_along_axis(starts, run, axis=1)
    upto = ops.take_along_axis(starts, run + 1, axis=1)
    return ops.take_along_axis(relevance, order, axis=1), before, upto


def at_least_one(k: int) -> int:
    """The cut-off, or a ValueError."""
    if isinstance(k, bool) or int(k) != k or k < 1:
        raise ValueError(f"k is how many of the first candidates count, 1 or more; got {k!r}.")
    return int(k)


class MeanOverRows(keras.metrics.Mean):
    """Base of metrics that are a mean over the rows in which they are defined.

    A subclass implements `figures(relevance, scores)`, which gives the figure of each row and whether it is defined.
    The mean is exact under batching.
    """

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        values, defined = self.figures(*candidate_lists(y_true, y_pred))
        weights = ops.cast(defined, "float32")
        if sample_weight is not None:
            weights = weights * ops.reshape(ops.cast(sample_weight, "float32"), (-1,))
        return super().update_state(ops.where(defined, values, 0.0), weights)

    def figures(self, relevance: Any, scores: Any) -> tuple[Any, Any]:
        """`(batch,)` figures and booleans."""
        raise TypeError(f"{type(self).__name__} defines no figures(relevance, scores), which it must.")
