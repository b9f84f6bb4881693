"""An LSTM over all steps, computed the way that takes a processor least time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def gatewise_lstm(
    steps: tf.Tensor, state: tf.Tensor, cell: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The states of an LSTM, step after step.

    The numbers are those of `keras.layers.LSTM`, up to rounding. What differs is their arrangement. A state lies as
    (units, batch), and each gate has a product of its own: four small products of a square matrix and a narrow one go
    side by side through all cores, where one wide product of few rows spends half its time on arranging the weights
    for it. What all steps read alike is one product before the loop, and so is the gradient of the weights behind it,
    which the gradient of a loop would sum up step by step. What the way back multiplies by is made for all steps at
    once. How much time that saves is in `benchmarks/results/pictures.json`.

    Args:
        steps: (batch, length, width), at least one step.
        state, cell: (batch, units), before the first step.
        kernel: (width, 4 units), the gates in the order input, forget, candidate, output.
        recurrent: (units, 4 units).
        bias: (4 units,).

    Returns:
        States (batch, length, units) and the cell (batch, units) behind the last step.

    Example:
        >>> gatewise_lstm(tf.ones((2, 5, 3)), *[tf.zeros((2, 4))] * 2, kernel, recurrent, bias)[0].shape
        TensorShape([2, 5, 4])

    Reference:
        Hochreiter and Schmidhuber 1997, with the forget gate of Gers 2000.
    """
    # Values: a function with a gradient of its own takes no variables.
    return all_steps(*(tf.convert_to_tensor(one) for one in (steps, state, cell, kernel, recurrent, bias)))


@tf.custom_gradient
def all_steps(
    steps: tf.Tensor, state: tf.Tensor, cell: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor
) -> tuple[tuple[tf.Tensor, tf.Tensor], Callable[..., tuple[tf.Tensor, ...]]]:
    """As `gatewise_lstm`, with the function that makes the gradients."""
    batch, length, width = tf.unstack(tf.shape(steps))
    units = recurrent.shape[0]
    # A row of ones beside what is read makes the bias a part of the product.
    read = tf.concat([in_columns(tf.transpose(steps, (1, 2, 0))), tf.ones((1, length * batch), steps.dtype)], 0)
    seen = tf.split(tf.matmul(tf.concat([kernel, bias[None]], 0), read, transpose_a=True), 4)
    weights = tf.split(recurrent, 4, axis=1)
    turned = [tf.transpose(one) for one in weights]

    def array() -> tf.TensorArray:
        return tf.TensorArray(steps.dtype, length, element_shape=(units, None))

    def in_turn(body: Callable[..., tuple[Any, ...]], *start: Any) -> tuple[Any, ...]:
        """What `body` makes of the number of steps that are done and what it made before, from `start` on."""

        def one_more(done: tf.Tensor, *before: Any) -> tuple[Any, ...]:
            made = body(done, *before)
            # A number of records that is known before stays known.
            for one, other in zip(made[:2], before[:2], strict=True):
                one.set_shape(other.shape)
            return done + 1, *made

        _, *made = tf.while_loop(
            lambda done, *_: done < length,
            one_more,
            (0, *start),
            maximum_iterations=steps.shape[1],
            parallel_iterations=1,
        )
        return tuple(made)

    def forward(step: tf.Tensor, h: tf.Tensor, c: tf.Tensor, *kept: tf.TensorArray) -> tuple[Any, ...]:
        here = slice(step * batch, (step + 1) * batch)
        i, f, g, o = (
            squash(one[:, here] + tf.matmul(weight, h))
            for squash, one, weight in zip((tf.sigmoid, tf.sigmoid, tf.tanh, tf.sigmoid), seen, turned, strict=True)
        )
        after = f * c + i * g
        bounded = tf.tanh(after)
        values = (h, c, i, f, g, o, bounded)
        return o * bounded, after, *(one.write(step, value) for one, value in zip(kept, values, strict=True))

    last, last_cell, *kept = in_turn(forward, tf.transpose(state), tf.transpose(cell), *(array() for _ in range(7)))
    before, *values = (one.stack() for one in kept)
    states = tf.concat([before[1:], last[None]], 0)

    def gradient(of_states: tf.Tensor, of_cell: tf.Tensor) -> tuple[tf.Tensor, ...]:
        c, i, f, g, o, bounded = values
        # What the gradients of cell and state are multiplied by, for all steps.
        by_cell = (g * i * (1 - i), c * f * (1 - f), i * (1 - g * g))
        by_state = bounded * o * (1 - o)
        through = o * (1 - bounded * bounded)
        told = tf.transpose(of_states, (1, 2, 0))

        def backward(done: tf.Tensor, dh: tf.Tensor, dc: tf.Tensor, *found: tf.TensorArray) -> tuple[Any, ...]:
            step = length - 1 - done
            dh = dh + told[step]
            dc = dc + dh * through[step]
            gates = (*(dc * one[step] for one in by_cell), dh * by_state[step])
            sent = tf.add_n([tf.matmul(weight, gate) for weight, gate in zip(weights, gates, strict=True)])
            kept = (one.write(step, gate) for one, gate in zip(found, gates, strict=True))
            return sent, dc * f[step], *kept

        of_state, of_first_cell, *found = in_turn(
            backward, tf.zeros_like(last), tf.transpose(of_cell), *(array() for _ in range(4))
        )
        gates = [in_columns(one.stack()) for one in found]
        both = tf.concat([in_columns(before), read], 0)
        of_weights = tf.concat([tf.matmul(both, gate, transpose_b=True) for gate in gates], 1)
        of_recurrent, of_kernel, of_bias = tf.split(of_weights, (units, width, 1))
        of_read = tf.reshape(tf.matmul(kernel, tf.concat(gates, 0)), (width, length, batch))
        of_steps = tf.ensure_shape(tf.transpose(of_read, (2, 1, 0)), steps.shape)
        return of_steps, tf.transpose(of_state), tf.transpose(of_first_cell), of_kernel, of_recurrent, of_bias[0]

    return (tf.transpose(states, (2, 0, 1)), tf.transpose(last_cell)), gradient


def in_columns(steps: tf.Tensor) -> tf.Tensor:
    """(length, width, batch) -> (width, length x batch): steps beside each other."""
    return tf.reshape(tf.transpose(steps, (1, 0, 2)), (tf.shape(steps)[1], -1))
