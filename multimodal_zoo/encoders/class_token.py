"""The token that speaks for all the others."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class PlacesAndClassToken(keras.Layer):
    """Adds to each token a learned vector of its place, and puts a learned class token before them all.

    The place of the class token needs no vector: it would only be added to the class token itself.

    Called with tokens (batch, places, dim), returns (batch, 1 + places, dim).

    Example:
        >>> PlacesAndClassToken()(tokens)
    """

    def build(self, tokens_shape: tuple) -> None:
        places, dim = tokens_shape[1:]
        initializer = keras.initializers.RandomUniform(-(dim**-0.5), dim**-0.5)
        self.places = self.add_weight(shape=(places, dim), initializer=initializer, name="places")
        self.class_token = self.add_weight(shape=(1, 1, dim), initializer=initializer, name="class_token")

    def call(self, tokens: Any) -> Any:
        class_tokens = ops.zeros_like(tokens[:, :1]) + self.class_token
        return ops.concatenate([class_tokens, tokens + self.places], axis=1)

    def compute_output_shape(self, tokens_shape: tuple) -> tuple:
        return (tokens_shape[0], 1 + tokens_shape[1], tokens_shape[2])
