"""The layer LSTM, faster to train on a processor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.without_gpu import without_gpu

# Units from which going gate by gate is faster: with fewer its more numerous operations take longer than they save.
GATEWISE_FROM = 128


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM`: its arguments, weights and answers, and a faster training step on processors.

    Where it trains on TensorFlow without a GPU, with the activations a layer has by itself, without dropout of its own
    and without a mask, all steps go through one operation in C++ where `multimodal-zoo compile` was called, and else,
    with 128 units or more, through `gatewise_lstm`. Everywhere else, in an export too, it is Keras' own layer.

    Example:
        >>> LSTM(64, return_sequences=True)(keras.Input((20, 32))).shape
        (None, 20, 64)
    """

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        faster = self.faster_way(sequences.dtype) if training and mask is None else None
        if faster is None:
            return super().inner_loop(sequences, initial_state, mask=mask, training=training)
        bias = self.cell.bias if self.use_bias else ops.zeros((4 * self.units,), dtype=sequences.dtype)
        weights = (ops.convert_to_tensor(one) for one in (self.cell.kernel, self.cell.recurrent_kernel, bias))
        states, cell = faster(sequences, *initial_state, *weights)
        return states[:, -1], states, [states[:, -1], cell]

    def faster_way(self, dtype: Any) -> Callable[..., Any] | None:
        """What computes all steps of a training, or None where Keras' own layer is to do it."""
        if not self.is_plain() or not without_gpu():
            return None
        from multimodal_zoo.encoders.gatewise_lstm import gatewise_lstm
        from multimodal_zoo.native.lstm_steps import compiled_lstm

        compiled = compiled_lstm(gatewise_lstm) if keras.backend.standardize_dtype(dtype) == "float32" else None
        return compiled or (gatewise_lstm if self.units >= GATEWISE_FROM else None)

    def is_plain(self) -> bool:
        """Whether the faster ways compute what this layer is asked for."""
        if self.dropout or self.recurrent_dropout or self.unroll or self.go_backwards:
            return False
        return self.activation is keras.activations.tanh and self.recurrent_activation is keras.activations.sigmoid
