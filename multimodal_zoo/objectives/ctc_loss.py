"""The loss of a text that is spoken at nobody knows which frames."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

LEAST = 1e-37


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class CtcLoss(keras.losses.Loss):
    """Connectionist temporal classification: minus the logarithm of the probability of the text.

    The probability is summed over all ways to say the text in so many frames: each character for one or more frames in
    a row, blanks between them, at least one between two that are the same. Unlike `keras.losses.CTC`, it is of
    probabilities, and a text that does not fit into the frames does not count instead of making the mean infinite.

    Args:
        **base: arguments of `keras.losses.Loss`.

    `y_true` is `(batch, longest)`, character numbers from 1, filled up with 0. `y_pred` is
    `(batch, frames, characters)`, probabilities that sum to 1, that of the blank first.

    Example:
        >>> float(CtcLoss()([[1]], [[[0.5, 0.5], [0.5, 0.5]]]))  # of the four ways three say the character
        0.2876...

    Reference: Graves et al. 2006, Connectionist temporal classification, ICML, equation 8.
    """

    def __init__(self, **base: Any) -> None:
        super().__init__(**{"name": "ctc", **base})

    def call(self, y_true: Any, y_pred: Any) -> Any:
        texts = ops.cast(y_true, "int32")
        lengths = ops.sum(ops.cast(texts > 0, "int32"), axis=-1)
        # Between two characters that are the same stands a blank.
        twice = ops.logical_and(ops.equal(texts[:, 1:], texts[:, :-1]), texts[:, 1:] > 0)
        frames = ops.shape(y_pred)[1]
        fits = lengths + ops.sum(ops.cast(twice, "int32"), axis=-1) <= frames
        loss = ops.ctc_loss(
            texts,
            ops.log(ops.maximum(ops.cast(y_pred, "float32"), LEAST)),
            # An infinite loss would be no number in the gradient, also where it does not count.
            ops.where(fits, lengths, ops.zeros_like(lengths)),
            ops.full_like(lengths, frames),
            mask_index=0,
        )
        return ops.where(fits, loss, ops.zeros_like(loss))
