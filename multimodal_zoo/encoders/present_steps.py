"""The steps of a series that are there, brought to its front."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.word_order import front_aligned, reversed_words


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
        places = one_and_up(steps)
        if there is None:
            return steps, places * ops.ones((ops.shape(steps)[0], 1), dtype="int32")
        places = front_aligned(ops.where(ops.not_equal(there, 0), places, ops.zeros_like(places)))
        wide = ops.reshape(places, (-1, ops.shape(steps)[1], *[1] * (len(steps.shape) - 2)))
        moved = ops.take_along_axis(steps, ops.maximum(wide - 1, 0), axis=1)
        return ops.where(wide > 0, moved, ops.zeros_like(moved)), places

    def compute_output_spec(self, steps: Any, there: Any = None) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        return keras.KerasTensor(steps.shape, dtype=steps.dtype), keras.KerasTensor(steps.shape[:2], dtype="int32")


def one_and_up(steps: Any) -> Any:
    """The places 1, 2, ... of steps (batch, steps, ...), as (1, steps) int32."""
    return ops.expand_dims(ops.arange(1, ops.shape(steps)[1] + 1, dtype="int32"), 0)


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


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ReversedSteps(keras.Layer):
    """Reverses the steps of each row; the padding stays behind them.

    Called with steps (batch, steps, width), those that are there at the front, and their places (batch, steps),
    0 = padding, returns as the steps. A recurrent layer then reads from the last step to the first without a mask.

    Example:
        >>> ReversedSteps()(np.array([[[1.], [2.], [0.]]]), np.array([[1, 2, 0]]))
        [[[2.], [1.], [0.]]]
    """

    def call(self, steps: Any, places: Any) -> Any:
        order = ops.expand_dims(reversed_words(ops.cast(ops.not_equal(places, 0), "int32") * one_and_up(steps)), -1)
        return ops.take_along_axis(steps, ops.where(order > 0, order - 1, 0), axis=1)

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
