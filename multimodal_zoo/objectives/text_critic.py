"""The critic of a recogniser: is this text one that people say, or one that a network made up?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class TextCritic(keras.Layer):
    """Scores texts, one character or a mixture of characters at each place: high for real ones, low for others.

    Convolutions over the places, their mean, a linear score. It reads what a network says (`of_answers`) and what
    people wrote (`of_labels`) in the same form, so that it can only tell them apart by the text.

    Args:
        characters: characters with the blank, which is the first.
        places: characters of a text that are read; the rest is cut off.
        filters: channels of each convolution.
        kernel: places that a convolution sees at once.
        **kwargs: arguments of `keras.Layer`.

    Called on texts `(batch, places, characters)`, each place a distribution over the characters; returns scores
    `(batch, 1)` in float32, unbounded.

    Example:
        >>> critic = TextCritic(28, places=60)
        >>> critic(critic.of_labels([[9, 10]])).shape
        (1, 1)

    Reference: Baevski et al. 2021, arXiv:2105.11084 (a convolutional critic of phonemes, for a generator whose frames
        are put together where they say the same).
    """

    def __init__(
        self, characters: int, places: int = 60, filters: Sequence[int] = (64, 64), kernel: int = 5, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if characters < 2 or places < 1:
            raise ValueError(
                f"A text has at least one place and one character beside the blank; got characters={characters!r}, "
                f"places={places!r}."
            )
        self.characters, self.places, self.filters, self.kernel = characters, places, tuple(filters), kernel
        self.convolutions = [
            keras.layers.Conv1D(count, kernel, padding="same", dtype=self.dtype_policy, name=f"convolution_{number}")
            for number, count in enumerate(self.filters)
        ]
        self.score = keras.layers.Dense(1, dtype="float32", name="score")

    def get_config(self) -> dict[str, Any]:
        own = {"characters": self.characters, "places": self.places, "filters": self.filters, "kernel": self.kernel}
        return {**super().get_config(), **own}

    def build(self, texts_shape: Any) -> None:
        if tuple(texts_shape[1:]) != (self.places, self.characters):
            raise ValueError(
                f"TextCritic takes texts (batch, {self.places}, {self.characters}); received the shape {texts_shape}."
            )
        shape = tuple(texts_shape)
        for convolution in self.convolutions:
            convolution.build(shape)
            shape = (*shape[:-1], convolution.filters)
        self.score.build((shape[0], shape[-1]))

    def call(self, texts: Any) -> Any:
        features = texts
        for convolution in self.convolutions:
            features = ops.leaky_relu(convolution(features), negative_slope=0.2)
        return self.score(ops.mean(features, axis=1))

    def compute_output_shape(self, texts_shape: Any) -> Any:
        return (texts_shape[0], 1)

    def of_labels(self, labels: Any) -> Any:
        """Labels `(batch, longest)`, character numbers filled up with 0, as texts."""
        labels = ops.cast(labels, "int32")[:, : self.places]
        labels = ops.pad(labels, [[0, 0], [0, self.places - labels.shape[1]]])
        return ops.one_hot(labels, self.characters, dtype="float32")

    def of_answers(self, probabilities: Any) -> Any:
        """Probabilities `(batch, frames, characters)` as texts: the frames at which another character begins.

        Of each run of frames with the same best character the first one is a place, unless the blank is the best.
        Which frames these are has no gradient; what they say has.
        """
        best = ops.argmax(probabilities, axis=-1)
        before = ops.pad(best[:, :-1], [[0, 0], [1, 0]])
        begins = ops.logical_and(ops.not_equal(best, before), best > 0)
        frames = probabilities.shape[1]
        order = ops.expand_dims(ops.arange(frames, dtype="int32"), 0)
        # Places first and in their order, the other frames behind them; all keys differ.
        first = ops.argsort(ops.where(begins, order, order + frames), axis=-1)[:, : self.places]
        count = ops.sum(ops.cast(begins, "int32"), axis=-1, keepdims=True)
        chosen = ops.take_along_axis(probabilities, ops.expand_dims(first, -1), axis=1)
        there = ops.expand_dims(order[:, : self.places] < count, -1)
        blank = ops.one_hot(ops.zeros_like(first), self.characters, dtype=chosen.dtype)
        texts = ops.where(there, chosen, blank)
        if frames < self.places:
            rest = ops.one_hot(
                ops.zeros((ops.shape(texts)[0], self.places - frames), "int32"), self.characters, dtype=texts.dtype
            )
            texts = ops.concatenate([texts, rest], axis=1)
        return texts
