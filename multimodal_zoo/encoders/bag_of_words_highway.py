"""The linear path from the words to the logits, past all the layers between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

UNKNOWN = 1


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class BagOfWordsHighway(keras.Layer):
    """A linear model of the words: y = gain * sum_t idf_t w_t / sqrt(sum_t idf_t^2), t over the known words of a text.

    Each word counts once, however often it comes, and unknown ones (id 1) not at all. The inverse document frequency
    idf_t = log((1 + texts) / (1 + texts with t)) + 1 is counted while training, as batch normalisation counts means.
    No bias: no words, no say.

    Args:
        vocabulary_size: rows of the table, ids 0 (padding) and 1 (unknown) included.
        outputs: width of the answer.
        gain: constant factor, see `bag_of_words_highway`.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> BagOfWordsHighway(1000, 2)(ids)    # (batch, length) -> (batch, 2)
    """

    def __init__(self, vocabulary_size: int, outputs: int, gain: float = 20.0, **kwargs: Any):
        super().__init__(**kwargs)
        if vocabulary_size < 1 or outputs < 1:
            raise ValueError(
                "vocabulary_size and outputs must be positive; "
                f"received vocabulary_size={vocabulary_size!r}, outputs={outputs!r}."
            )
        if not gain > 0:
            raise ValueError(f"gain must be greater than 0; received gain={gain!r}.")
        self.vocabulary_size = int(vocabulary_size)
        self.outputs = int(outputs)
        self.gain = float(gain)

    def build(self, ids_shape: tuple) -> None:
        # Zeros: at first the deep path speaks alone. The path is linear, so its gradient does not need a
        # random start.
        self.word_weights = self.add_weight(
            shape=(self.vocabulary_size, self.outputs), initializer="zeros", name="word_weights"
        )
        counted = {"initializer": "zeros", "trainable": False, "autocast": False, "dtype": "float32"}
        # Each replica counts its own texts; the mean of the counts keeps their ratio.
        self.texts = self.add_weight(shape=(), name="texts", aggregation="mean", **counted)
        self.texts_with = self.add_weight(
            shape=(self.vocabulary_size,), name="texts_with", aggregation="mean", **counted
        )

    def call(self, ids: Any, training: bool = False) -> Any:
        words = ops.sort(ids, axis=1)
        # A word counts at its first place among the sorted.
        first = ops.concatenate(
            [ops.ones_like(words[:, :1], dtype="bool"), ops.not_equal(words[:, 1:], words[:, :-1])], axis=1
        )
        there = ops.cast(ops.logical_and(first, words > UNKNOWN), "float32")
        if training and self.trainable:
            self.count(words, there)
        idf = ops.log((1.0 + self.texts) / (1.0 + self.texts_with)) + 1.0
        scale = there * ops.take(idf, words, axis=0)
        rows = ops.cast(ops.take(self.word_weights, words, axis=0), "float32")
        total = ops.sum(ops.expand_dims(scale, -1) * rows, axis=1)
        size = ops.sqrt(ops.maximum(ops.sum(ops.square(scale), axis=1, keepdims=True), 1.0))
        return ops.cast(self.gain * total / size, self.compute_dtype)

    def contributions(self, ids: Any) -> Any:
        """What each word adds to the answer, (batch, length, outputs); the sum over the words is the answer.

        A word that comes several times has its one contribution divided among its places.
        """
        known = ids > UNKNOWN
        times = ops.sum(ops.cast(ops.equal(ids[:, :, None], ids[:, None, :]), "float32"), axis=-1)
        idf = ops.log((1.0 + self.texts) / (1.0 + self.texts_with)) + 1.0
        scale = ops.cast(known, "float32") * ops.take(idf, ids, axis=0)
        rows = ops.cast(ops.take(self.word_weights, ids, axis=0), "float32")
        size = ops.sqrt(ops.maximum(ops.sum(ops.square(scale) / times, axis=1), 1.0))
        return self.gain * (scale / times / size[:, None])[..., None] * rows

    def count(self, words: Any, there: Any) -> None:
        """Add a batch of texts to the document frequencies; a text without a known word is none."""
        self.texts_with.assign_add(
            ops.segment_sum(ops.reshape(there, (-1,)), ops.reshape(words, (-1,)), self.vocabulary_size)
        )
        self.texts.assign_add(ops.sum(ops.max(there, axis=1)))

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return (ids_shape[0], self.outputs)

    def compute_output_spec(self, ids: Any, training: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor((ids.shape[0], self.outputs), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        sizes = {"vocabulary_size": self.vocabulary_size, "outputs": self.outputs}
        return {**super().get_config(), **sizes, "gain": self.gain}


def bag_of_words_highway(
    vocabulary_size: int, outputs: int, gain: float = 20.0, name: str | None = None
) -> Callable[[Any], Any]:
    """Makes the linear bag-of-words path, to be added to the logits of a head.

    It takes the part of LSTNet's autoregressive highway: a linear model beside the deep one, so that the deep
    one has only the rest to learn. With no words (an absent text) it gives zero.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        outputs: number of logits.
        gain: constant factor on the answer. Adam moves each weight by about its learning rate a step, whatever the
            gradient: without a gain a rare word could not reach the weight it deserves before the deep path, which
            has many weights to move, knows the training texts by heart.
        name: name of the layer.

    Returns:
        A callable that maps ids (batch, length) to (batch, outputs).

    Raises:
        ValueError: if a size or the gain is not positive.

    Example:
        >>> logits = bag_of_words_highway(8000, 2)(ids)

    Reference:
        Lai 2018, arXiv:1703.07015, section 3.6; words in place of past values. Their weights are the "bfc" of Salton
        and Buckley 1988, doi:10.1016/0306-4573(88)90021-0 (binary, inverse document frequency, normalised), with the
        frequency smoothed.
    """
    return BagOfWordsHighway(vocabulary_size, outputs, gain=gain, name=name)
