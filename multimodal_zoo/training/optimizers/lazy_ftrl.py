"""FTRL that touches only the rows of a table that some record of the batch looked up."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.training.optimizers.lazy_rows import LazyRows, Rows


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class LazyFtrl(LazyRows, keras.optimizers.Ftrl):
    """FTRL-proximal whose step does not grow with the embedding tables.

    Rows that the batch did not look up keep their values. `keras.optimizers.Ftrl` computes each row anew from what it
    has gathered, also before its first gradient: a table that does not start at zero is then zero after one step. Here
    a row keeps its first value until it is looked up.

    Args:
        **kwargs: arguments of `keras.optimizers.Ftrl`.

    Example:
        >>> model.compile(LazyFtrl(0.05, l1_regularization_strength=1e-3), "binary_crossentropy")

    Reference:
        McMahan 2013, "Ad click prediction: a view from the trenches", algorithm 1.
    """

    def update_rows(self, rows: Rows, variable: Any, slots: int, learning_rate: Any) -> None:
        accumulator, linear = self._accumulators[slots], self._linears[slots]
        values, before = rows.read(variable), rows.read(accumulator)
        gradient = rows.gradient + 2 * self.l2_shrinkage_regularization_strength * values
        after = before + ops.square(rows.gradient)
        power, l1 = -self.learning_rate_power, self.l1_regularization_strength
        shift = (ops.power(after, power) - ops.power(before, power)) / learning_rate
        pulled = rows.read(linear) + gradient - shift * values
        l2 = self.l2_regularization_strength + self.beta / (2.0 * learning_rate)
        curvature = ops.power(after, power) / learning_rate + 2 * l2
        rows.write(accumulator, after)
        rows.write(linear, pulled)
        rows.write(variable, (ops.clip(pulled, -l1, l1) - pulled) / curvature)
