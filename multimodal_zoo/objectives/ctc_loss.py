"""The loss of a text that is spoken at nobody knows which frames."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.heads.transcription_head import BLANK, log_probabilities

# The logarithm of the probability of what cannot be.
NEVER = -1e30


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class CtcLoss(keras.losses.Loss):
    """Connectionist temporal classification: minus the logarithm of the probability of the text.

    The probability is summed over all ways to say the text in so many frames: each character for one or more frames in
    a row, blanks between them, at least one between two that are the same. Unlike `keras.losses.CTC`, it is of
    probabilities; a text that does not fit into the frames does not count instead of making the mean infinite; and its
    time grows with the length of the texts, not with its square.

    Args:
        **base: arguments of `keras.losses.Loss`.

    `y_true` is `(batch, longest)`, character numbers from 1, filled up with 0. `y_pred` is
    `(batch, frames, characters)`, probabilities that sum to 1, that of the blank first.

    Example:
        >>> float(CtcLoss()([[1]], [[[0.5, 0.5], [0.5, 0.5]]]))  # of the four ways three say the character
        0.2876...

    Reference: Graves et al. 2006, Connectionist temporal classification, ICML, equations 6 to 8.
    """

    def __init__(self, **base: Any) -> None:
        super().__init__(**{"name": "ctc", **base})

    def call(self, y_true: Any, y_pred: Any) -> Any:
        probability = text_log_probability(ops.cast(y_true, "int32"), log_probabilities(y_pred))
        return ops.where(probability > 0.5 * NEVER, -probability, 0.0)


def text_log_probability(texts: Any, logarithms: Any) -> Any:
    """The logarithm of the probability of each text, `(batch,)`; about NEVER where it does not fit.

    Args:
        texts: `(batch, longest)` int32, filled up with 0.
        logarithms: `(batch, frames, characters)`, of the probabilities at each frame.
    """
    # A text with blanks about its characters: _ A _ B _. A way through the frames is a way through these states.
    batch, longest = ops.shape(texts)
    states = ops.reshape(ops.stack([ops.full_like(texts, BLANK), texts], axis=2), (batch, 2 * longest))
    states = ops.pad(states, [[0, 0], [0, 1]], constant_values=BLANK)
    # A blank may be left out between two characters that are not the same.
    before = ops.pad(states[:, :-2], [[0, 0], [2, 0]], constant_values=BLANK)
    may_leave_out = ops.logical_and(ops.not_equal(states, BLANK), ops.not_equal(states, before))
    leaving_out = ops.where(may_leave_out, 0.0, NEVER)
    said = ops.take_along_axis(logarithms, ops.expand_dims(states, 1), axis=2)
    said = ops.transpose(said, (1, 0, 2))

    def next_frame(reached: Any, here: Any) -> tuple[Any, None]:
        padded = ops.pad(reached, [[0, 0], [2, 0]], constant_values=NEVER)
        stayed, moved, left_out = padded[:, 2:], padded[:, 1:-1], padded[:, :-2] + leaving_out
        best = ops.stop_gradient(ops.maximum(ops.maximum(stayed, moved), left_out))
        ways = ops.exp(stayed - best) + ops.exp(moved - best) + ops.exp(left_out - best)
        return best + ops.log(ways) + here, None

    # Before the first frame one stands before the first blank; from there the first character is one further.
    first = ops.where(ops.arange(2 * longest + 1) < 2, said[0], NEVER)
    reached, _ = ops.scan(next_frame, first, said[1:])
    last = 2 * ops.sum(ops.cast(texts > 0, "int32"), axis=1, keepdims=True)
    at_blank = ops.take_along_axis(reached, last, axis=1)
    at_character = ops.where(last > 0, ops.take_along_axis(reached, ops.maximum(last - 1, 0), axis=1), NEVER)
    return ops.logaddexp(at_blank, at_character)[:, 0]
