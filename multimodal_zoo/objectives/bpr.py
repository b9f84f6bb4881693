"""Bayesian personalised ranking: what a user chose is to score above what they did not."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class BprLoss(keras.losses.Loss):
    """Logistic loss of the differences between chosen and other items of one user.

    With the scores s of one row, its chosen items P and its others N:

        L = -1/(|P| |N|) sum_{i in P} sum_{j in N} log sigmoid(s_i - s_j)

    The paper sums over sampled triples (user, i, j), and adds |Theta|^2: give the embeddings a regulariser for that. A
    row without a pair gives 0.

    `y_true` is `(batch, candidates)`: 1 for chosen, 0 for others, below 0 for padding. `y_pred` is the scores, of the
    same shape.

    Example:
        >>> float(BprLoss()(ops.array([[1.0, 0.0]]), ops.array([[2.0, 2.0]])))  # log 2: no preference
        0.6931472

    Reference: Rendle et al. 2009, arXiv:1205.2618, section 4.1 (BPR-Opt).
    """

    def __init__(self, **base: Any) -> None:
        super().__init__(**{"name": "bpr_loss", **base})

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if len(y_pred.shape) != 2 or len(y_true.shape) != 2:
            raise ValueError(
                "y_true and y_pred must have the shape (batch, candidates), one row a user; received "
                f"{tuple(y_true.shape)} and {tuple(y_pred.shape)}."
            )
        pairs = ops.logical_and((y_true > 0)[:, :, None], ops.equal(y_true, 0)[:, None, :])
        losses = ops.softplus(y_pred[:, None, :] - y_pred[:, :, None])
        number = ops.sum(ops.cast(pairs, y_pred.dtype), axis=(1, 2))
        return ops.sum(ops.where(pairs, losses, 0.0), axis=(1, 2)) / ops.maximum(number, 1)
