"""Softmax over the items of the batch: the other rows' items are the negatives."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.positive_pairs import on_the_diagonal, positive_pairs

NEVER = -1e30


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class InBatchSoftmax(keras.losses.Loss):
    """Cross-entropy of each row (a query or user) with its own item, among the items of the batch.

    With the scores s (divided by the temperature) and q_j the probability with which item j is drawn into a batch:

        L = -1/n sum_i log( exp(s_ii - log q_i) / sum_j exp(s_ij - log q_j) )

    Popular items are negatives too often; taking log q_j off puts that right. `y_pred` comes with the correction, from
    `log_q_correction`. An item of the same number as the row's own is no negative (an accidental hit).

    `y_true` is the items' numbers `(batch,)`, or a table `(batch, batch)`, see `positive_pairs`. `y_pred` is `(batch,
    batch)`. A sample weight is the reward r_i of the paper.

    Example:
        >>> scores = log_q_correction(PairScores()([user, item]), SamplingFrequency()(item_id))
        >>> InBatchSoftmax()(item_id, scores)

    Reference: Yi et al. 2019, Sampling-bias-corrected neural modeling for large corpus item recommendations, RecSys,
        section 3.
    """

    def __init__(self, **base: Any) -> None:
        super().__init__(**{"name": "in_batch_softmax", **base})

    def call(self, y_true: Any, y_pred: Any) -> Any:
        own = on_the_diagonal(y_pred)
        hits = ops.logical_and(positive_pairs(y_true, y_pred), ops.logical_not(own))
        everything = ops.logsumexp(ops.where(hits, NEVER, y_pred), axis=1)
        return everything - ops.sum(ops.where(own, y_pred, 0.0), axis=1)
