"""Adagrad that touches only the rows of a table that some record of the batch looked up."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.training.optimizers.lazy_rows import LazyRows, Rows


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class LazyAdagrad(LazyRows, keras.optimizers.Adagrad):
    """Adagrad whose step does not grow with the embedding tables.

    A row without a gradient does not change under Adagrad: the weights are those of `keras.optimizers.Adagrad`.

    Args:
        **kwargs: arguments of `keras.optimizers.Adagrad`.

    Example:
        >>> model.compile(LazyAdagrad(0.05), "binary_crossentropy")

    Reference:
        Duchi 2011, Journal of Machine Learning Research 12, figure 1 with the diagonal matrix.
    """

    def update_rows(self, rows: Rows, variable: Any, slots: int, learning_rate: Any) -> None:
        accumulator = self._accumulators[slots]
        accumulated = rows.read(accumulator) + ops.square(rows.gradient)
        values = rows.read(variable) - learning_rate * rows.gradient / ops.sqrt(accumulated + self.epsilon)
        rows.write(accumulator, accumulated)
        rows.write(variable, values)
