"""The linear path from the words to the logits, past all the layers between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class BagOfWordsHighway(keras.Layer):
    """Adds up one weight row per word: y = sum_t w[id_t] / sqrt(number of words). No bias: no words, no say.

    Args:
        vocabulary_size: rows of the table, ids 0 (padding) and 1 (unknown) included.
        outputs: width of the answer.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> BagOfWordsHighway(1000, 2)(ids)    # (batch, length) -> (batch, 2)
    """

    def __init__(self, vocabulary_size: int, outputs: int, **kwargs: Any):
        super().__init__(**kwargs)
        if vocabulary_size < 1 or outputs < 1:
            raise ValueError(
                "vocabulary_size and outputs must be positive; "
                f"received vocabulary_size={vocabulary_size!r}, outputs={outputs!r}."
            )
        self.vocabulary_size = int(vocabulary_size)
        self.outputs = int(outputs)

    def build(self, ids_shape: tuple) -> None:
        # Zeros: at first the deep path speaks alone. The path is linear, so its gradient does not need a
        # random start.
        self.word_weights = self.add_weight(
            shape=(self.vocabulary_size, self.outputs), initializer="zeros", name="word_weights"
        )

    def call(self, ids: Any) -> Any:
        there = ops.expand_dims(ops.not_equal(ids, 0), -1)
        rows = ops.cast(ops.take(self.word_weights, ids, axis=0), "float32")
        total = ops.sum(ops.where(there, rows, ops.zeros_like(rows)), axis=1)
        count = ops.sum(ops.cast(there, "float32"), axis=1)
        return ops.cast(total / ops.sqrt(ops.maximum(count, 1.0)), self.compute_dtype)

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return (ids_shape[0], self.outputs)

    def compute_output_spec(self, ids: Any) -> keras.KerasTensor:
        return keras.KerasTensor((ids.shape[0], self.outputs), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size, "outputs": self.outputs}


def bag_of_words_highway(vocabulary_size: int, outputs: int, name: str | None = None) -> Callable[[Any], Any]:
    """Makes the linear bag-of-words path, to be added to the logits of a head.

    It takes the part of LSTNet's autoregressive highway: a linear model beside the deep one, so that the deep
    one has only the rest to learn. With no words (an absent text) it gives zero.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        outputs: number of logits.
        name: name of the layer.

    Returns:
        A callable that maps ids (batch, length) to (batch, outputs).

    Raises:
        ValueError: if a size is not positive.

    Example:
        >>> logits = bag_of_words_highway(8000, 2)(ids)

    Reference:
        Lai 2018, arXiv:1703.07015, section 3.6; words in place of past values, and a scaling by 1/sqrt(number
        of words), which keeps the size of the sum the same for short and long texts.
    """
    return BagOfWordsHighway(vocabulary_size, outputs, name=name)
