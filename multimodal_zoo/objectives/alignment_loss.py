"""An objective over two representations inside a network, added to whatever the network is trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class AlignmentLoss(keras.Layer):
    """Adds `weight * function(first, second, **arguments)` to the loss of the network and hands the two on unchanged.

    Rows whose modality is absent have no place in it: align before the stand-ins of a fusion operator, on batches where
    both are there.

    Args:
        function: `coral`, `mmd`, `deep_cca_loss`, or your own function of two batches that gives a scalar; registered
            with `keras.saving.register_keras_serializable` it is saved with the network.
        weight: how much it counts.
        arguments: further arguments of the function, by name.
        **kwargs: arguments of `keras.Layer`.

    Called on a pair of tensors; returns them as a list.

    Example:
        >>> image, report = AlignmentLoss(mmd, weight=0.1, arguments={"unbiased": False})([image, report])

    Reference: the sum of a task's loss and a discrepancy is Long et al. 2015, arXiv:1502.02791, equation 3.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        weight: float = 1.0,
        arguments: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise ValueError(f"function must be a function of two batches, such as `coral`; got {function!r}.")
        self.function, self.weight, self.arguments = function, float(weight), dict(arguments or {})

    def get_config(self) -> dict[str, Any]:
        own = {
            "function": keras.saving.serialize_keras_object(self.function),
            "weight": self.weight,
            "arguments": self.arguments,
        }
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> AlignmentLoss:
        return cls(**{**config, "function": keras.saving.deserialize_keras_object(config["function"])})

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, list | tuple) or len(inputs) != 2:
            raise ValueError("AlignmentLoss is called on a pair of tensors, [first, second].")
        first, second = inputs
        self.add_loss(self.weight * self.function(first, second, **self.arguments))
        return [ops.convert_to_tensor(first), ops.convert_to_tensor(second)]
