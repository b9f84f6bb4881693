"""InfoNCE over all pairs of the batch: one softmax for the whole table of scores."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.positive_number import positive_number
from multimodal_zoo.objectives.positive_pairs import positive_pairs


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class AllPairsInfoNCE(keras.losses.Loss):
    """InfoNCE whose denominator runs over every pair of the batch, not over a row.

    With P the positive pairs, N the others, scores s and temperature t:

        L = -1/|P| sum_{(i,j) in P} log( exp(s_ij/t) / sum_{(k,l) in P u N} exp(s_kl/t) )

    It is never below log |P|, reached as the scores of the positive pairs are equal and far above all others.
    A batch without a positive pair gives 0.

    Args:
        temperature: t, greater than 0.

    `y_true` is group numbers `(batch,)` or a table of pairs `(batch, batch)`, see `positive_pairs`. `y_pred` is the
    scores `(batch, batch)`.

    Example:
        >>> loss = AllPairsInfoNCE(temperature=0.5)
        >>> float(loss(ops.array([0, 1]), ops.zeros((2, 2))))  # log 4: four pairs, all alike
        1.3862944

    Reference: the softmax of van den Oord et al. 2018, arXiv:1807.03748, section 2.3, here over all pairs of the batch.
    """

    def __init__(self, temperature: float = 0.07, **base: Any) -> None:
        super().__init__(**{"name": "all_pairs_info_nce", **base})
        self.temperature = positive_number("temperature", temperature)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "temperature": self.temperature}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        scores = y_pred / self.temperature
        pairs = ops.cast(positive_pairs(y_true, y_pred), scores.dtype)
        everything = ops.logsumexp(scores)
        rows = ops.sum(pairs * (everything - scores), axis=1)
        # The mean over the rows, which is Keras' reduction, is then the mean over the positive pairs.
        records = ops.cast(ops.shape(scores)[0], scores.dtype)
        return rows * records / ops.maximum(ops.sum(pairs), 1)
