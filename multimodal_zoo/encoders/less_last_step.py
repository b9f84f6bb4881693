"""A series as how far it was from where it is now."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.word_order import state_at_last_word


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class LessLastStep(keras.Layer):
    """Takes the last step of a series off every step, so that a network need not know the level.

    What a series did at one level then tells what it does at another, which it never had in training; and a forecast
    that adds the last step again begins as "nothing changes".

    Called with steps (batch, steps, width) at the front and their places (batch, steps), 0 = padding, returns the
    differences, zeros in padding, and the last step (batch, width), zeros where there is none.

    Example:
        >>> LessLastStep()(np.array([[[1.], [4.], [0.]]]), np.array([[1, 2, 0]]))
        [[[-3.], [0.], [0.]]], [[4.]]

    Reference:
        Zeng 2023, arXiv:2205.13504, section 4 (NLinear).
    """

    def call(self, steps: Any, places: Any) -> tuple[Any, Any]:
        last = state_at_last_word(steps, places)
        there = ops.expand_dims(ops.not_equal(places, 0), -1)
        return ops.where(there, steps - ops.expand_dims(last, 1), ops.zeros_like(steps)), last

    def compute_output_spec(self, steps: Any, places: Any) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        differences = keras.KerasTensor(steps.shape, dtype=self.compute_dtype)
        return differences, keras.KerasTensor((steps.shape[0], steps.shape[2]), dtype=self.compute_dtype)
