"""The gradient reversal layer, and the schedule by which its strength grows."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.positive_number import positive_number


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ReversalSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """lambda = highest * (2 / (1 + exp(-gamma p)) - 1), where p grows from 0 to 1 over `steps` training steps.

    The critic's gradient is noise at first: it comes in slowly.

    Args:
        steps: training steps until p is 1.
        gamma: steepness, 10 in the paper.
        highest: what lambda grows to, nearly.

    Example:
        >>> GradientReversal(ReversalSchedule(steps=10_000))

    Reference: Ganin et al. 2016, arXiv:1505.07818, section 5.2.2.
    """

    def __init__(self, steps: int, gamma: float = 10.0, highest: float = 1.0) -> None:
        self.steps, self.gamma = positive_number("steps", steps), positive_number("gamma", gamma)
        self.highest = highest

    def __call__(self, step: Any) -> Any:
        progress = ops.minimum(ops.cast(step, "float32") / self.steps, 1.0)
        return self.highest * (2 / (1 + ops.exp(-self.gamma * progress)) - 1)

    def get_config(self) -> dict[str, Any]:
        return {"steps": self.steps, "gamma": self.gamma, "highest": self.highest}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class GradientReversal(keras.Layer):
    """The identity on the way forward; on the way back the gradient is multiplied by -lambda.

        R(x) = x;   dR/dx = -lambda I

    What lies before it learns to make worse what lies behind it learns to make better.

    Args:
        scale: lambda, a number or a schedule of the training step such as `ReversalSchedule`. With a schedule the layer
            counts its calls in training.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> domain = keras.layers.Dense(2)(GradientReversal(0.1)(features))

    Reference: Ganin and Lempitsky 2015, arXiv:1409.7495, section 3.
    """

    def __init__(self, scale: float | keras.optimizers.schedules.LearningRateSchedule = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale
        self.scheduled = isinstance(scale, keras.optimizers.schedules.LearningRateSchedule)
        if not self.scheduled and not isinstance(scale, int | float):
            raise ValueError(f"scale must be a number or a schedule of the training step; got {scale!r}.")
        self.supports_masking = True

    def get_config(self) -> dict[str, Any]:
        scale = keras.saving.serialize_keras_object(self.scale) if self.scheduled else self.scale
        return {**super().get_config(), "scale": scale}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> GradientReversal:
        scale = config["scale"]
        return cls(**{**config, "scale": keras.saving.deserialize_keras_object(scale)})

    def build(self, input_shape: Any) -> None:
        if self.scheduled:
            self.step = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="step")

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if isinstance(self.scale, int | float):
            return reversed_gradient(inputs, ops.cast(self.scale, inputs.dtype))
        scale = self.scale(ops.convert_to_tensor(self.step))
        if training:
            self.step.assign(self.step + 1)
        return reversed_gradient(inputs, ops.cast(scale, inputs.dtype))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


@ops.custom_gradient
def reversed_gradient(inputs: Any, scale: Any) -> Any:
    """`inputs`, with -`scale` times the gradient."""

    def gradient(*gradients: Any, upstream: Any = None) -> Any:
        # TensorFlow and JAX hand the gradient over by position, PyTorch by the name `upstream`.
        upstream = gradients[0] if upstream is None else upstream
        return -scale * upstream, ops.zeros_like(scale)

    return ops.multiply(inputs, 1), gradient
