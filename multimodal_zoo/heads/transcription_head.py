"""A character, or none, at every frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

BLANK = 0
# The smallest probability there is: its logarithm is finite.
LEAST = 1e-37


def log_probabilities(probabilities: Any) -> Any:
    """Logarithms of probabilities in float32, finite also at 0."""
    return ops.log(ops.maximum(ops.cast(probabilities, "float32"), LEAST))


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class BlankWhereAbsent(keras.Layer):
    """Makes the blank certain at frames that are not there.

    Called with probabilities (batch, frames, characters), the blank the first of them, and whether each frame is there
    (batch, frames), 0 where it is not. Such frames then add nothing to a transcript and take nothing from its
    probability: whatever reads the answer needs no lengths.

    Example:
        >>> BlankWhereAbsent()(np.array([[[0.2, 0.8], [0.2, 0.8]]]), np.array([[1, 0]]))
        [[[0.2, 0.8], [1.0, 0.0]]]
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})

    def call(self, probabilities: Any, there: Any) -> Any:
        blank = ops.one_hot(ops.full_like(there, BLANK), probabilities.shape[-1], dtype=probabilities.dtype)
        return ops.where(ops.expand_dims(ops.not_equal(there, 0), -1), probabilities, blank)

    def compute_output_shape(self, probabilities_shape: tuple, there_shape: tuple) -> tuple:
        return tuple(probabilities_shape)


def transcription_head(
    num_characters: int, dropout: float = 0.0, name: str = "probabilities"
) -> Callable[[Any, Any], Any]:
    """Makes the head for a text that is spoken: at every frame the probability of each character and of the blank.

    Args:
        num_characters: characters with the blank, which is the first, at least 2.
        dropout: share of the states dropped, 0 to 1.
        name: name of the output layer.

    Returns:
        A callable `(states, there)`: `states` is (batch, frames, width), `there` (batch, frames), 0 where a frame is
        padding. It returns float32 probabilities (batch, frames, characters), under any dtype policy, the blank being
        certain at padding: train them with `objectives.CtcLoss`, read them by `ctc_search`.

    Raises:
        ValueError: if `num_characters` is below 2, or the states are no sequence.

    Example:
        >>> probabilities = transcription_head(28, dropout=0.2)(states, there)

    Reference:
        Graves et al. 2006, Connectionist temporal classification, ICML, section 3.1.
    """
    if num_characters < 2:
        raise ValueError(
            f"transcription_head needs the blank and at least one character; received {num_characters!r} in all."
        )
    drop = keras.layers.Dropout(dropout, dtype="float32", name=f"{name}_dropout") if dropout else None
    characters = keras.layers.Dense(num_characters, activation="softmax", dtype="float32", name=f"{name}_from_states")
    blank_where_absent = BlankWhereAbsent(name=name)

    def call(states: Any, there: Any) -> Any:
        if len(states.shape) != 3:
            raise ValueError(f"transcription_head takes states (batch, frames, width); received {tuple(states.shape)}.")
        return blank_where_absent(characters(states if drop is None else drop(states)), there)

    return call
