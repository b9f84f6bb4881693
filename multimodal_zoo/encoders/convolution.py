"""The layer Conv2D, faster to train on a processor."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.without_gpu import without_gpu

# Channels of the input from which the faster way is faster.
FASTER_FROM = 64


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class Conv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D`: its arguments, weights and answers, and a faster training step on processors.

    Where it trains on TensorFlow without a GPU, in float32, on images of 64 channels or more whose size it keeps, the
    gradient of its kernel is that of `convolution_by_shifts`. Everywhere else, in an export too, it is Keras' own
    layer.

    Example:
        >>> Conv2D(128, 3, padding="same")(keras.Input((32, 32, 64))).shape
        (None, 32, 32, 128)
    """

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not (training and self.goes_by_shifts(inputs)):
            return super().call(inputs)
        from multimodal_zoo.encoders.convolution_by_shifts import convolution_by_shifts

        outputs = convolution_by_shifts(inputs, ops.convert_to_tensor(self.kernel))
        return self.activation(ops.add(outputs, self.bias) if self.use_bias else outputs)

    def goes_by_shifts(self, inputs: Any) -> bool:
        """Whether the faster way computes what this layer is asked for, and is the faster one here."""
        if self.compute_dtype != "float32":
            return False
        if self.data_format != "channels_last" or self.padding != "same" or self.groups != 1:
            return False
        if any(size != 1 for size in (*self.strides, *self.dilation_rate)) or any(
            size % 2 == 0 for size in self.kernel_size
        ):
            return False
        if None in inputs.shape[1:] or inputs.shape[-1] < FASTER_FROM:
            return False
        return without_gpu()
