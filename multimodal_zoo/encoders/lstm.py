"""The layer LSTM, faster to train on a processor."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.without_gpu import without_gpu

# Units from which the faster way is faster: with fewer its more numerous operations take longer than they save.
FASTER_FROM = 128


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM`: its arguments, weights and answers, and a faster training step on processors.

    Where 128 units or more train on TensorFlow without a GPU, with the activations a layer has by itself, without
    dropout of its own and without a mask, all steps go through `gatewise_lstm`. Everywhere else, in an export too, it
    is Keras' own layer.

    Example:
        >>> LSTM(64, return_sequences=True)(keras.Input((20, 32))).shape
        (None, 20, 64)
    """

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        if not (training and mask is None and self.goes_gatewise()):
            return super().inner_loop(sequences, initial_state, mask=mask, training=training)
        from multimodal_zoo.encoders.gatewise_lstm import gatewise_lstm

        bias = self.cell.bias if self.use_bias else ops.zeros((4 * self.units,), dtype=sequences.dtype)
        weights = (ops.convert_to_tensor(one) for one in (self.cell.kernel, self.cell.recurrent_kernel, bias))
        states, cell = gatewise_lstm(sequences, *initial_state, *weights)
        return states[:, -1], states, [states[:, -1], cell]

    def goes_gatewise(self) -> bool:
        """Whether the faster way computes what this layer is asked for, and is the faster one here."""
        if self.units < FASTER_FROM:
            return False
        if self.dropout or self.recurrent_dropout:
            return False
        if self.activation is not keras.activations.tanh or self.recurrent_activation is not keras.activations.sigmoid:
            return False
        return without_gpu() and not (self.unroll or self.go_backwards)
