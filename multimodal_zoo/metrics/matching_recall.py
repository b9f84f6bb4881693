"""How often the partner of a record is among the first, in each batch."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.metrics.sorted_candidates import LOWEST, at_least_one
from multimodal_zoo.objectives.positive_pairs import positive_pairs
from multimodal_zoo.objectives.unit_length import unit_length


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MatchingRecall(keras.metrics.Mean):
    """Share of records that find a partner among the k nearest of their batch, the mean of both ways, by cosine.

    To be watched while training, or monitored for the epoch to keep: a contrastive loss rises with its confidence long
    before fewer partners are found. The larger the batch, the harder; the figure of a whole split is
    `matching_metrics`. A tie counts against the partner. A record that lacks a modality is left out.

    Args:
        k: how many of the nearest count.

    `y_true` is group numbers `(batch,)` or `(batch, 1)`; `y_pred` is `(batch, vectors, width)`, of which the first two
    count.

    Example:
        >>> metric = MatchingRecall(k=1)
        >>> metric.update_state([0, 1], [[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 0.5]]])
        >>> float(metric.result())  # the second text is nearer to the first image than to its own
        0.75
    """

    def __init__(self, k: int = 10, name: str | None = None, **base: Any) -> None:
        super().__init__(name=name or f"recall_at_{k}", **base)
        self.k = at_least_one(k)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "k": self.k}

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        vectors = ops.convert_to_tensor(y_pred, "float32")
        first, second = unit_length(vectors[:, 0]), unit_length(vectors[:, 1])
        there = ops.logical_and(ops.any(first != 0, axis=1), ops.any(second != 0, axis=1))
        both = ops.logical_and(there[:, None], there[None, :])
        scores = ops.where(both, ops.matmul(first, ops.transpose(second)), LOWEST)
        pairs = ops.logical_and(positive_pairs(ops.convert_to_tensor(y_true), scores), both)
        found = (self.found(scores, pairs) + self.found(ops.transpose(scores), ops.transpose(pairs))) / 2
        weights = ops.cast(there, "float32")
        if sample_weight is not None:
            weights = weights * ops.reshape(ops.cast(sample_weight, "float32"), (-1,))
        return super().update_state(found, weights)

    def found(self, scores: Any, pairs: Any) -> Any:
        """1 where the best placed partner of a row is among its first k, or else 0: `(batch,)`."""
        best = ops.max(ops.where(pairs, scores, LOWEST), axis=1, keepdims=True)
        ahead = ops.logical_and(ops.logical_not(pairs), scores >= best)
        return ops.cast(ops.sum(ops.cast(ahead, "int32"), axis=1) < self.k, "float32")
