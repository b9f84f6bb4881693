"""Dice: a PReLU whose bend lies where the data are."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class Dice(keras.Layer):
    """Data-adaptive activation: f(s) = p s + (1 - p) alpha s, p = sigmoid((s - E[s]) / sqrt(Var[s] + epsilon)).

    Mean and variance are those of the batch in training and moving averages of them afterwards; alpha is learned for
    each unit and starts at 0.

    Args:
        momentum: of the moving averages.
        epsilon: added to the variance.
        **kwargs: arguments of `keras.Layer`.

    Called with (batch, units), returns the same shape.

    Example:
        >>> Dice()(hidden)    # (batch, 80) -> (batch, 80)

    Reference:
        Zhou 2018, arXiv:1706.06978, section 5.2.
    """

    def __init__(self, momentum: float = 0.9, epsilon: float = 1e-8, **kwargs: Any):
        super().__init__(**kwargs)
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)

    def build(self, inputs_shape: tuple) -> None:
        # float32 in any precision: in half of it an epsilon of 1e-8 is 0.
        self.normalize = keras.layers.BatchNormalization(
            momentum=self.momentum,
            epsilon=self.epsilon,
            center=False,
            scale=False,
            dtype="float32",
            name="normalize",
        )
        self.normalize.build(inputs_shape)
        self.alpha = self.add_weight(shape=(inputs_shape[-1],), initializer="zeros", name="alpha")

    def call(self, inputs: Any, training: bool = False) -> Any:
        share = ops.cast(ops.sigmoid(self.normalize(inputs, training=training)), inputs.dtype)
        return inputs * (share + (1 - share) * self.alpha)

    def compute_output_shape(self, inputs_shape: tuple) -> tuple:
        return inputs_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "epsilon": self.epsilon}
