"""The learned scale of scores, one over the temperature, by its logarithm."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class AtMost(keras.constraints.Constraint):
    """Keeps a weight at or below a limit: after each step it is set back, so its gradient never dies at the limit."""

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def __call__(self, weight: Any) -> Any:
        return ops.minimum(weight, self.limit)

    def get_config(self) -> dict[str, Any]:
        return {"limit": self.limit}


def log_scale_weight(layer: keras.Layer, initial_temperature: float, max_scale: float | None) -> Any:
    """Adds the weight `log_scale` to a layer: the logarithm of 1/temperature.

    Args:
        layer: the layer, while it is built.
        initial_temperature: greater than 0.
        max_scale: the highest scale, to which it is clipped after each step; None for no limit.

    Returns:
        The scalar weight, float32 under any policy.
    """
    limit = math.inf if max_scale is None else math.log(max_scale)
    return layer.add_weight(
        shape=(),
        initializer=keras.initializers.Constant(min(-math.log(initial_temperature), limit)),
        constraint=None if max_scale is None else AtMost(limit),
        autocast=False,
        name="log_scale",
    )
