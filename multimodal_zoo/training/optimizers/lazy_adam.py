"""Adam that leaves alone the rows of a table that no record of the batch looked up."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.native.lazy_adam import compiled_update
from multimodal_zoo.training.optimizers.lazy_rows import LazyRows, Rows


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class LazyAdam(LazyRows, keras.optimizers.Adam):
    """Adam whose step does not grow with the embedding tables.

    Every weight but the tables is updated as by `keras.optimizers.Adam`. A row of a table that the batch did not look
    up keeps its value and both of its moments; Adam itself would let the moments fall and move the row on by what is
    left of them. The correction of the bias counts all steps, as there.

    Args:
        **kwargs: arguments of `keras.optimizers.Adam`; `amsgrad` is not among them.

    Raises:
        ValueError: `amsgrad=True`.

    Example:
        >>> model.compile(LazyAdam(1e-3), "binary_crossentropy")

    Reference:
        Kingma 2015, arXiv:1412.6980, algorithm 1, for the rows that are looked up.
    """

    def __init__(self, learning_rate: Any = 0.001, **kwargs: Any) -> None:
        super().__init__(learning_rate, **kwargs)
        if self.amsgrad:
            raise ValueError("LazyAdam has no amsgrad=True: use keras.optimizers.Adam for it.")

    def update_rows(self, rows: Rows, variable: Any, slots: int, learning_rate: Any) -> None:
        momentum, velocity = self._momentums[slots], self._velocities[slots]
        rate = self._unbiased(learning_rate)
        beta_1, beta_2 = (ops.cast(beta, variable.dtype) for beta in (self.beta_1, self.beta_2))
        first = rows.read(momentum) * beta_1 + rows.gradient * (1 - beta_1)
        second = rows.read(velocity) * beta_2 + ops.square(rows.gradient) * (1 - beta_2)
        values = rows.read(variable) - rate * first / (ops.sqrt(second) + self.epsilon)
        rows.write(momentum, first)
        rows.write(velocity, second)
        rows.write(variable, values)

    def update_at_once(self, gradient: Any, variable: Any, slots: int, learning_rate: Any, keep: Any) -> bool:
        update = compiled_update((variable, self._momentums[slots], self._velocities[slots]), gradient)
        if update is None:
            return False
        update(keep, self._unbiased(learning_rate), self.beta_1, self.beta_2, self.epsilon)
        return True

    def _unbiased(self, learning_rate: Any) -> Any:
        """The rate with the correction of both biases."""
        numbers = (self.iterations + 1, self.beta_1, self.beta_2)
        step, beta_1, beta_2 = (ops.cast(one, learning_rate.dtype) for one in numbers)
        return learning_rate * ops.sqrt(1 - ops.power(beta_2, step)) / (1 - ops.power(beta_1, step))
