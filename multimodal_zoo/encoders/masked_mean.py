"""The mean over the words of a text, padding left out."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MaskedMean(keras.Layer):
    """Averages features over the places where the id is not 0; zeros where a row has none.

    Called with features (batch, length, width) and ids (batch, length), returns (batch, width). The sum runs
    in float32.

    Example:
        >>> MaskedMean()(np.array([[[1.], [3.], [9.]]]), np.array([[5, 6, 0]]))
        [[2.]]
    """

    def call(self, features: Any, ids: Any) -> Any:
        there = ops.expand_dims(ops.not_equal(ids, 0), -1)
        kept = ops.cast(ops.where(there, features, ops.zeros_like(features)), "float32")
        count = ops.sum(ops.cast(there, "float32"), axis=1)
        return ops.cast(ops.sum(kept, axis=1) / ops.maximum(count, 1.0), features.dtype)

    def compute_output_shape(self, features_shape: tuple, ids_shape: tuple) -> tuple:
        return (features_shape[0], features_shape[2])
