"""The triplet loss on labelled vectors of one space."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.embedding_batch import embedding_batch
from multimodal_zoo.objectives.negative_mining import known_negatives, largest, mined_hinges
from multimodal_zoo.objectives.positive_number import positive_number
from multimodal_zoo.objectives.positive_pairs import on_the_diagonal
from multimodal_zoo.objectives.squared_distances import squared_distances

DISTANCES = ("euclidean", "squared_euclidean")


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class TripletLoss(keras.losses.Loss):
    """An anchor a is to be nearer to a positive p (same label) than to a negative n (another label), by a margin m.

        "all":       mean of [m + d(a,p) - d(a,n)]_+ over all triplets of the batch
        "semi_hard": mean over all (a, p), with the nearest n farther than p, or else the farthest n
        "hardest":   mean over a, with the farthest p and the nearest n (batch hard)

    What has no positive or no negative does not count; a batch where nothing counts gives 0. "all" and "semi_hard" need
    memory for batch^3 numbers.

    Args:
        margin: m, greater than 0.
        negatives: "all", "semi_hard" or "hardest".
        distance: "euclidean" or "squared_euclidean" (as in FaceNet).

    `y_true` is labels `(batch,)` or `(batch, 1)`, below 2^24. `y_pred` is the vectors `(batch, width)`; several
    modalities of one space are put below one another. For two modalities with partners see `MaxMarginRanking`.

    Example:
        >>> loss = TripletLoss(margin=1.0, negatives="hardest")
        >>> float(loss(ops.array([0, 0, 1]), ops.array([[0.0], [1.0], [3.0]])))  # anchors 0 and 1: 1+1-3, 1+1-2
        0.0

    Reference: Hermans et al. 2017, arXiv:1703.07737, section 2 (batch hard, batch all), here as means; Schroff et al.
        2015, arXiv:1503.03832, section 3.2 (semi-hard).
    """

    def __init__(
        self, margin: float = 0.2, negatives: str = "semi_hard", distance: str = "euclidean", **base: Any
    ) -> None:
        super().__init__(**{"name": "triplet_loss", **base})
        if distance not in DISTANCES:
            raise ValueError(f"distance must be one of {list(DISTANCES)}, got {distance!r}.")
        self.margin, self.negatives = positive_number("margin", margin), known_negatives(negatives)
        self.distance = distance

    def get_config(self) -> dict[str, Any]:
        own = {"margin": self.margin, "negatives": self.negatives, "distance": self.distance}
        return {**super().get_config(), **own}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        vectors, labels = embedding_batch(y_pred), tuple(y_true.shape)
        if len(labels) not in (1, 2) or (len(labels) == 2 and labels[1] != 1):
            raise ValueError(f"y_true must be one label a vector, (batch,) or (batch, 1); received the shape {labels}.")
        labels = ops.reshape(y_true, (-1,))
        same = ops.equal(labels[:, None], labels[None, :])
        positives, others = ops.logical_and(same, ops.logical_not(on_the_diagonal(same))), ops.logical_not(same)
        distances = self.distances(vectors)
        if self.negatives == "hardest":
            farthest = largest(distances, positives)
            hinges = mined_hinges((self.margin + farthest)[:, None] - distances, others, self.margin, "hardest")
            counted = ops.logical_and(ops.any(positives, axis=1), ops.any(others, axis=1))
            sums = ops.where(counted, hinges, 0.0)
        else:
            gaps = self.margin + distances[:, :, None] - distances[:, None, :]
            hinges = mined_hinges(gaps, others[:, None, :], self.margin, self.negatives)
            sums = ops.sum(ops.where(positives, hinges, 0.0), axis=1)
            numbers = [ops.sum(ops.cast(mask, "float32"), axis=1) for mask in (positives, others)]
            counted = numbers[0] * (numbers[1] if self.negatives == "all" else ops.minimum(numbers[1], 1.0))
        # The mean over the rows, which is Keras' reduction, is then the mean over what counts.
        records = ops.cast(ops.shape(vectors)[0], "float32")
        return sums * records / ops.maximum(ops.sum(ops.cast(counted, "float32")), 1.0)

    def distances(self, vectors: Any) -> Any:
        """`(batch, batch)`; the root of 0 has no gradient, so two equal vectors get none."""
        squares = squared_distances(vectors, vectors)
        if self.distance == "squared_euclidean":
            return squares
        apart = squares > 0
        return ops.where(apart, ops.sqrt(ops.where(apart, squares, 1.0)), 0.0)
