"""The ranking loss of visual-semantic embeddings: a partner has to beat the others by a margin."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.negative_mining import known_negatives, mined_hinges
from multimodal_zoo.objectives.positive_number import positive_number
from multimodal_zoo.objectives.positive_pairs import on_the_diagonal, positive_pairs


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MaxMarginRanking(keras.losses.Loss):
    """Hinges between the score of a record with its partner and its scores with others, in both directions.

    With scores s, margin m, and [x]_+ = max(x, 0), for record i:

        "all":      sum_j [m - s_ii + s_ij]_+  +  sum_j [m - s_ii + s_ji]_+
        "hardest":  max_j [m - s_ii + s_ij]_+  +  max_j [m - s_ii + s_ji]_+
        "semi_hard": the hardest of those j that score below the partner; where none does, the easiest of all.

    Record j is no negative of record i if they are of one group. A record without a negative gives 0.

    Args:
        margin: m, greater than 0.
        negatives: "all", "semi_hard" or "hardest".

    `y_true` is group numbers `(batch,)` or a table of pairs `(batch, batch)`, see `positive_pairs`; the partner of row
    i is column i. `y_pred` is the scores `(batch, batch)`, cosines in the paper.

    Example:
        >>> loss = MaxMarginRanking(margin=0.2, negatives="hardest")
        >>> float(loss(ops.array([0, 1]), ops.zeros((2, 2))))  # nothing told apart: twice the margin
        0.4

    Reference: Faghri et al. 2018, arXiv:1707.05612, the losses SH (sum of hinges) and MH (max of hinges);
        semi-hard as in Schroff et al. 2015, arXiv:1503.03832, section 3.2.
    """

    def __init__(self, margin: float = 0.2, negatives: str = "hardest", **base: Any) -> None:
        super().__init__(**{"name": "max_margin_ranking", **base})
        self.margin, self.negatives = positive_number("margin", margin), known_negatives(negatives)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "margin": self.margin, "negatives": self.negatives}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        candidates = ops.logical_not(positive_pairs(y_true, y_pred))
        partner = ops.sum(ops.where(on_the_diagonal(y_pred), y_pred, 0.0), axis=1, keepdims=True)

        def hinges(scores: Any, candidates: Any) -> Any:
            return mined_hinges(self.margin - partner + scores, candidates, self.margin, self.negatives)

        return hinges(y_pred, candidates) + hinges(ops.transpose(y_pred), ops.transpose(candidates))
