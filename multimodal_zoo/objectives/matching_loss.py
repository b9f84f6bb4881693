"""What a network that answers with two vectors a record is trained on: a loss over the scores of all pairs."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.clip_loss import ClipLoss
from multimodal_zoo.objectives.positive_pairs import positive_pairs

NEVER = -1e9


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MatchingLoss(keras.losses.Loss):
    """A loss over the table s_ij = <x_i, y_j> + b of the first vector of each record with the second of every other.

    A record one of whose two vectors is zeros, since a modality is absent, is in no pair: it is neither a partner nor a
    negative, and its row counts as 0.

    Args:
        loss: a loss over scores `(batch, batch)`: `ClipLoss()`, `SigLipLoss()`, `MaxMarginRanking()`, ...; None takes
            `ClipLoss()`.
        bias: b. -10 for `SigLipLoss`, as it starts in its paper, where it is learned.

    `y_true` is group numbers `(batch,)` or `(batch, 1)`, or a table of pairs, see `positive_pairs`. `y_pred` is
    `(batch, vectors, width)`, of which the first two count; their lengths hold the scale of the scores, see
    `retrieval_head`.

    Example:
        >>> model = image_text_retrieval(temperature=None)
        >>> model.compile("adam", MatchingLoss(MaxMarginRanking(margin=0.2, negatives="hardest")))

    Reference: Radford et al. 2021, arXiv:2103.00020, figure 3; Zhai et al. 2023, arXiv:2303.15343; Faghri et al. 2018,
        arXiv:1707.05612.
    """

    def __init__(self, loss: keras.losses.Loss | None = None, bias: float = 0.0, **base: Any) -> None:
        super().__init__(**{"name": "matching_loss", **base})
        self.loss = ClipLoss() if loss is None else loss
        if not isinstance(self.loss, keras.losses.Loss):
            raise ValueError(f"loss has to be a loss over a table of scores, such as ClipLoss(); got {loss!r}.")
        self.bias = float(bias)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "loss": keras.losses.serialize(self.loss), "bias": self.bias}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> MatchingLoss:
        return cls(**{**config, "loss": keras.losses.deserialize(config["loss"])})

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if len(y_pred.shape) != 3 or (y_pred.shape[1] is not None and y_pred.shape[1] < 2):
            raise ValueError(
                "y_pred must have the shape (batch, 2 or more vectors, width), as a network for retrieval answers; "
                f"received {tuple(y_pred.shape)}."
            )
        first, second = y_pred[:, 0], y_pred[:, 1]
        scores = ops.matmul(first, ops.transpose(second)) + self.bias
        there = ops.logical_and(ops.any(first != 0, axis=1), ops.any(second != 0, axis=1))
        both = ops.logical_and(there[:, None], there[None, :])
        pairs = ops.logical_and(positive_pairs(y_true, scores), both)
        rows = self.loss.call(ops.cast(pairs, scores.dtype), ops.where(both, scores, NEVER))
        return ops.where(there, rows, 0.0)
