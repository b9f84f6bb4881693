"""Each feature of a series less its mean over the series itself."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class StandardisedSteps(keras.Layer):
    """Moves each feature to mean 0 and variance 1 over the steps of a record that are there.

    What is the same at all steps (of cepstra: the microphone, the room, the loudness) is gone then.

    Called with series (batch, steps, features) and whether each step is there (batch, steps), 0 where it is not,
    returns the same in float32; zeros where a step is not there. A feature that never varies becomes 0.

    Example:
        >>> StandardisedSteps()(np.array([[[1.0], [3.0], [9.0]]]), np.array([[1, 1, 0]]))
        [[[-1.], [1.], [0.]]]

    Reference:
        Viikki and Laurila 1998, Cepstral domain segmental feature vector normalization.
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})

    def call(self, series: Any, there: Any) -> Any:
        mask = ops.expand_dims(ops.not_equal(there, 0), -1)
        count = ops.maximum(ops.sum(ops.cast(mask, series.dtype), axis=1, keepdims=True), 1.0)
        kept = ops.where(mask, series, ops.zeros_like(series))
        centred = kept - ops.sum(kept, axis=1, keepdims=True) / count
        centred = ops.where(mask, centred, ops.zeros_like(centred))
        variance = ops.sum(ops.square(centred), axis=1, keepdims=True) / count
        return centred / ops.sqrt(variance + 1e-5)

    def compute_output_shape(self, series_shape: tuple, there_shape: tuple) -> tuple:
        return tuple(series_shape)
