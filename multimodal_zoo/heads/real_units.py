"""From standardised numbers to those of the data."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class RealUnits(keras.Layer):
    """Turns standardised numbers into those of the data, column by column: y = mean + deviation * z.

    Mean and deviation are learned from the training split before the first step, see `training.learn_units`, and are
    not moved by it. Until then they are 0 and 1. They belong to the network: what it answers, exported or not, is in
    the unit of the labels.

    Called with (batch, outputs), returns the same in float32, under any dtype policy.

    Args:
        units_of: name of the modality that has the same columns as the answer, such as the series to forecast; the
            answer then has its mean and deviation. None takes those of the labels.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> layer = RealUnits()
        >>> layer.build((None, 1))
        >>> layer.learn([100.0], [10.0])
        >>> layer(np.array([[-1.0], [0.5]]))
        [[90.], [105.]]
    """

    def __init__(self, units_of: str | None = None, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.units_of = units_of

    def build(self, standard_shape: tuple) -> None:
        outputs = (standard_shape[-1],)
        self.mean = self.add_weight(shape=outputs, initializer="zeros", trainable=False, name="mean")
        self.deviation = self.add_weight(shape=outputs, initializer="ones", trainable=False, name="deviation")

    @property
    def learned(self) -> bool:
        """Whether mean and deviation are those of data."""
        mean, deviation = (keras.ops.convert_to_numpy(one) for one in (self.mean, self.deviation))
        return bool((mean != 0).any() or (deviation != 1).any())

    def learn(self, mean: Any, deviation: Any) -> None:
        """Take this mean and this deviation, `(outputs,)` each.

        Raises:
            ValueError: they are of another number than the answers, or a deviation is not positive.
        """
        mean, deviation = np.asarray(mean, "float32"), np.asarray(deviation, "float32")
        wanted = tuple(self.mean.shape)
        if mean.shape != wanted or deviation.shape != wanted:
            raise ValueError(
                f"There are {wanted[0]} answers, and means of the shape {mean.shape} with deviations of the shape "
                f"{deviation.shape}: the columns of the answer have to be those of "
                f"{'the labels' if self.units_of is None else repr(self.units_of)}."
            )
        if not (deviation > 0).all():
            raise ValueError(f"Deviations have to be greater than 0, got {deviation.tolist()}.")
        self.mean.assign(mean)
        self.deviation.assign(deviation)

    def call(self, standard: Any) -> Any:
        return self.mean + self.deviation * keras.ops.cast(standard, "float32")

    def compute_output_shape(self, standard_shape: tuple) -> tuple:
        return tuple(standard_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units_of": self.units_of}
