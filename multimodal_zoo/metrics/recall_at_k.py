"""Recall among the first k candidates."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.metrics.sorted_candidates import MeanOverRows, at_least_one, sorted_by_score


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class RecallAtK(MeanOverRows):
    """Share of the relevant candidates of a row that are among its first k, the mean over the rows.

    Candidates of equal score stand in any order with equal probability. A row without a relevant candidate is left out.

    Args:
        k: how many of the first candidates count.

    `y_true` is relevances `(batch, candidates)`, relevant above 0, padding below 0; `y_pred` is the scores.

    Example:
        >>> metric = RecallAtK(k=1)
        >>> metric.update_state([[1, 1, 0]], [[0.9, 0.1, 0.5]])
        >>> float(metric.result())
        0.5
    """

    def __init__(self, k: int = 10, name: str | None = None, **base: Any) -> None:
        super().__init__(name=name or f"recall_at_{k}", **base)
        self.k = at_least_one(k)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "k": self.k}

    def figures(self, relevance: Any, scores: Any) -> tuple[Any, Any]:
        relevant, before, upto = sorted_by_score(ops.cast(relevance > 0, "float32"), scores)
        inside = ops.clip(self.k - before, 0, upto - before)
        hits = ops.sum(relevant * ops.cast(inside, "float32") / ops.cast(upto - before, "float32"), axis=1)
        count = ops.sum(relevant, axis=1)
        return hits / ops.maximum(count, 1.0), count > 0
