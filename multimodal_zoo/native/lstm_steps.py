"""An LSTM over all steps whose recurrence is one operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from multimodal_zoo.native.operations import compiled_operations

# Of steps, state, cell, kernel, recurrent kernel and bias: states (batch, length, units) and the cell behind the last.
Lstm = Callable[..., tuple[tf.Tensor, tf.Tensor]]


def compiled_lstm(formula: Lstm) -> Lstm | None:
    """An LSTM in float32 by the compiled operation, or None where it was not compiled.

    Args:
        formula: the same in TensorFlow's operations, see `gatewise_lstm`, for the gradient of a gradient.
    """
    operations = compiled_operations()
    if operations is None:
        return None

    @tf.custom_gradient
    def all_steps(*given: tf.Tensor) -> tuple[Any, Callable[..., Any]]:
        steps, state, cell, kernel, recurrent, bias = given
        batch, length, width = tf.unstack(tf.shape(steps))
        read = tf.reshape(steps, (batch * length, width))
        seen = tf.reshape(tf.matmul(read, kernel), (batch, length, kernel.shape[1]))
        states, cells, gates = operations.multimodal_zoo_lstm_steps(seen, recurrent, bias, state, cell)

        @tf.custom_gradient
        def gradients(*given_and_told: tf.Tensor) -> tuple[Any, Callable[..., Any]]:
            of_states, of_last_cell = given_and_told[-2:]
            of_seen, of_bias, of_state, of_cell = operations.multimodal_zoo_lstm_steps_gradient(
                of_states, of_last_cell, recurrent, cell, cells, gates
            )
            of_seen = tf.reshape(of_seen, (batch * length, kernel.shape[1]))
            of_steps = tf.reshape(tf.matmul(of_seen, kernel, transpose_b=True), tf.shape(steps))
            both = tf.concat([steps, tf.concat([state[:, None], states[:, :-1]], 1)], 2)
            both = tf.reshape(both, (batch * length, width + recurrent.shape[0]))
            # One after the other: side by side large products get in each other's way, and who waits for the gradient
            # of the steps can go on meanwhile.
            with tf.control_dependencies([of_steps]):
                of_both = tf.matmul(both, of_seen, transpose_a=True)
            of_kernel, of_recurrent = tf.split(of_both, (width, recurrent.shape[0]))
            found = (of_steps, of_state, of_cell, of_kernel, of_recurrent, of_bias)
            return found, lambda *of_found: _second_gradients(formula, given_and_told, of_found)

        return (states, cells[:, -1]), lambda *told: gradients(*given, *told)

    # Values: a function with a gradient of its own takes no variables.
    return lambda *given: all_steps(*(tf.convert_to_tensor(one) for one in given))


def _second_gradients(
    formula: Lstm, given_and_told: Sequence[tf.Tensor], of_gradients: Sequence[tf.Tensor]
) -> list[tf.Tensor]:
    given, told = given_and_told[:-2], given_and_told[-2:]
    with tf.GradientTape() as second:
        second.watch(given_and_told)
        with tf.GradientTape() as first:
            first.watch(given)
            made = formula(*given)
        gradients = first.gradient(made, given, output_gradients=told)
    return second.gradient(gradients, given_and_told, output_gradients=of_gradients)
