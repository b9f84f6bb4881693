"""Reconstruction: a representation has to hold enough to give its input, or another modality, back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class Reconstruction(keras.Layer):
    """Decodes a representation, adds the mean squared error from a target to the loss, and gives the decoded back.

        loss = weight * 1/(n d) sum_i |x_i - decode(h_i)|^2,   x_i of width d

    The target gets no gradient unless `train_target`: a learned target makes itself easy to guess by becoming constant.

    Args:
        weight: how much it counts.
        hidden: widths of the decoder's hidden layers; none makes it linear.
        train_target: whether the gradient goes into the target too.
        **kwargs: arguments of `keras.Layer`.

    Called on a pair: representations `(batch, dim)` and targets `(batch, d)`; returns `(batch, d)` in float32.

    Example:
        >>> guessed_audio = Reconstruction(weight=0.1, hidden=(64,))([joint, audio_features])

    Reference: Hazarika et al. 2020 (MISA), arXiv:2005.03545, section 3.5.3, the reconstruction loss.
    """

    def __init__(
        self, weight: float = 1.0, hidden: Sequence[int] = (), train_target: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.weight, self.hidden, self.train_target = float(weight), tuple(hidden), bool(train_target)

    def get_config(self) -> dict[str, Any]:
        own = {"weight": self.weight, "hidden": self.hidden, "train_target": self.train_target}
        return {**super().get_config(), **own}

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != 2 or any(len(shape) != 2 for shape in input_shape):
            raise ValueError(
                "Reconstruction takes a pair, representations (batch, dim) and targets (batch, d); "
                f"received the shapes {input_shape}."
            )
        widths = [input_shape[0][-1], *self.hidden, input_shape[1][-1]]
        self.decoder = [
            keras.layers.Dense(width, activation="relu", dtype=self.dtype_policy, name=f"hidden_{number}")
            for number, width in enumerate(self.hidden)
        ]
        self.decoder.append(keras.layers.Dense(widths[-1], dtype="float32", name="decoded"))
        for layer, width in zip(self.decoder, widths[:-1], strict=True):
            layer.build((None, width))

    def call(self, inputs: Any) -> Any:
        decoded, target = inputs
        for layer in self.decoder:
            decoded = layer(decoded)
        target = ops.cast(target if self.train_target else ops.stop_gradient(target), "float32")
        self.add_loss(self.weight * ops.mean(ops.square(target - decoded)))
        return decoded

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs[1].shape, dtype="float32")
