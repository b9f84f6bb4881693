"""The contrastive loss of CLIP: each record finds its partner among the batch, in both directions."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.positive_number import positive_number
from multimodal_zoo.objectives.positive_pairs import positive_pairs
from multimodal_zoo.objectives.row_cross_entropy import row_cross_entropy


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ClipLoss(keras.losses.Loss):
    """Symmetric row-wise InfoNCE.

    With s_ij the score of record i of one modality and record j of the other, n records and temperature t:

        L = -1/(2n) sum_i [ log( exp(s_ii/t) / sum_j exp(s_ij/t) ) + log( exp(s_ii/t) / sum_j exp(s_ji/t) ) ]

    Departs from the paper where a record has several partners in the batch: they share its target equally, and none of
    them is a negative. With one partner each this is the paper's loss.

    Args:
        temperature: t, greater than 0. Leave 1 where the scores come from `PairScores`, which has scaled them.

    `y_true` is group numbers `(batch,)` or a table of pairs `(batch, batch)`, see `positive_pairs`. `y_pred` is the
    scores `(batch, batch)`.

    Example:
        >>> scores = PairScores()([image_embeddings, text_embeddings])
        >>> ClipLoss()(picture_numbers, scores)

    Reference: Radford et al. 2021, arXiv:2103.00020, section 2.3 and figure 3.
    """

    def __init__(self, temperature: float = 1.0, **base: Any) -> None:
        super().__init__(**{"name": "clip_loss", **base})
        self.temperature = positive_number("temperature", temperature)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "temperature": self.temperature}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        pairs, scores = positive_pairs(y_true, y_pred), y_pred / self.temperature
        there = row_cross_entropy(scores, pairs)
        back = row_cross_entropy(ops.transpose(scores), ops.transpose(pairs))
        return (there + back) / 2
