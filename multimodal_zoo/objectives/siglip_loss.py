"""The sigmoid loss of SigLIP: every pair of the batch is its own question of yes or no."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.positive_pairs import positive_pairs


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SigLipLoss(keras.losses.Loss):
    """Logistic loss of all pairs; no softmax, so no record is compared with the rest of the batch.

    With z_ij = 1 for a pair that belongs together and -1 otherwise, and the logits l_ij = t <x_i, y_j> + b:

        L = -1/n sum_i sum_j log( 1 / (1 + exp(-z_ij l_ij)) )

    `y_true` is group numbers `(batch,)` or a table of pairs `(batch, batch)`, see `positive_pairs`. `y_pred` is the
    logits `(batch, batch)`; the paper's beginning is `PairScores(initial_temperature=0.1, initial_bias=-10.0)`.

    Example:
        >>> float(SigLipLoss()(ops.array([0, 1]), ops.zeros((2, 2))))  # 2 log 2: two pairs a row, all undecided
        1.3862944

    Reference: Zhai et al. 2023, arXiv:2303.15343, section 3.2 and algorithm 1.
    """

    def __init__(self, **base: Any) -> None:
        super().__init__(**{"name": "siglip_loss", **base})

    def call(self, y_true: Any, y_pred: Any) -> Any:
        signs = ops.where(positive_pairs(y_true, y_pred), -1.0, 1.0)
        return ops.sum(ops.softplus(ops.cast(signs, y_pred.dtype) * y_pred), axis=1)
