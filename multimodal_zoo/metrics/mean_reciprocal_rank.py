"""The reciprocal rank of the first relevant candidate."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.metrics.sorted_candidates import MeanOverRows

NEVER = -3e38


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MeanReciprocalRank(MeanOverRows):
    """1 / rank of the best placed relevant candidate, the mean over the rows.

    A tie counts against the answer: what is not relevant and scores the same stands before it. A row without a relevant
    candidate is left out.

    `y_true` is relevances `(batch, candidates)`, relevant above 0, padding below 0; `y_pred` is the scores.

    Example:
        >>> metric = MeanReciprocalRank()
        >>> metric.update_state([[0, 1, 0]], [[0.9, 0.5, 0.1]])
        >>> float(metric.result())
        0.5

    Reference: Voorhees 1999, The TREC-8 question answering track report.
    """

    def __init__(self, name: str = "mean_reciprocal_rank", **base: Any) -> None:
        super().__init__(name=name, **base)

    def figures(self, relevance: Any, scores: Any) -> tuple[Any, Any]:
        relevant = relevance > 0
        best = ops.max(ops.where(relevant, scores, NEVER), axis=1, keepdims=True)
        before = ops.logical_and(ops.logical_not(relevant), scores >= best)
        rank = 1 + ops.sum(ops.cast(before, "float32"), axis=1)
        return 1 / rank, ops.any(relevant, axis=1)
