"""The steps of a series that are there, brought to its front."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.word_order import front_aligned


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class PresentSteps(keras.Layer):
    """Moves the steps that are there to the front, in their order, and puts zeros behind them.

    What a step that is not there holds, and whether padding stands before, between or behind, then makes no
    difference to what is causal or knows the mask.

    Called with steps (batch, steps, ...) and whether each is there (batch, steps), 0 where it is not, or without
    that where all are, returns the steps and their places (batch, steps) int32: 0 for padding, otherwise 1 and up.

    Example:
        >>> PresentSteps()(np.array([[[1.], [2.], [3.]]]), np.array([[0, 1, 1]]))
        [[[2.], [3.], [0.]]], [[2, 3, 0]]
    """

    def call(self, steps: Any, there: Any = None) -> tuple[Any, Any]:
        length = steps.shape[1] if steps.shape[1] is not None else ops.shape(steps)[1]
        places = ops.expand_dims(ops.arange(1, length + 1, dtype="int32"), 0)
        if there is None:
            return steps, places * ops.ones((ops.shape(steps)[0], 1), dtype="int32")
        places = front_aligned(ops.where(ops.not_equal(there, 0), places, ops.zeros_like(places)))
        wide = ops.reshape(places, (-1, length, *[1] * (len(steps.shape) - 2)))
        moved = ops.take_along_axis(steps, ops.maximum(wide - 1, 0), axis=1)
        return ops.where(wide > 0, moved, ops.zeros_like(moved)), places

    def compute_output_spec(self, steps: Any, there: Any = None) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        return keras.KerasTensor(steps.shape, dtype=steps.dtype), keras.KerasTensor(steps.shape[:2], dtype="int32")


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ZeroPadding(keras.Layer):
    """Puts zeros where a step is not there.

    Called with steps (batch, steps, width) and their places (batch, steps), 0 = padding, returns as the steps.

    Example:
        >>> ZeroPadding()(np.array([[[1.], [2.]]]), np.array([[1, 0]]))
        [[[1.], [0.]]]
    """

    def call(self, steps: Any, places: Any) -> Any:
        return ops.where(ops.expand_dims(ops.not_equal(places, 0), -1), steps, ops.zeros_like(steps))

    def compute_output_shape(self, steps_shape: tuple, places_shape: tuple) -> tuple:
        return steps_shape


def check_series(encoder: str, series: Any) -> None:
    """Raises ValueError where a tensor is no series of vectors.

    Args:
        encoder: who says so.
        series: a tensor, to be (batch, steps, variables).
    """
    if len(series.shape) != 3:
        raise ValueError(f"{encoder} takes series (batch, steps, variables); received the shape {tuple(series.shape)}.")
