"""An objective over two representations inside a network, added to whatever the network is trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class AlignmentLoss(keras.Layer):
    """Adds `weight * function(first, second, **arguments)` to the loss of the network and hands the two on unchanged.

    With `presence`, pairs with an absent side do not count, whatever that side holds; a batch with too few pairs left
    adds 0. The objective sees what the layer is given: put it before the stand-ins of a fusion operator.

    Args:
        function: `coral`, `mmd`, `deep_cca_loss`, or your own function of two batches that gives a scalar; registered
            with `keras.saving.register_keras_serializable` it is saved with the network. Where the layer is given
            presence, the function gets one more argument, `there`: booleans (batch,), which pairs of rows count.
        weight: how much it counts.
        arguments: further arguments of the function, by name.
        **kwargs: arguments of `keras.Layer`.

    Called on a pair of tensors, and `presence` `(batch, 2)`, 1 = there and 0 = absent, or None if both always are;
    returns the pair as a list.

    Raises:
        ValueError: if it is not called on a pair, or presence has another shape.

    Example:
        >>> align = AlignmentLoss(mmd, weight=0.1, arguments={"unbiased": False})
        >>> image, report = align([image, report], presence=presence)

    Reference: the sum of a task's loss and a discrepancy is Long et al. 2015, arXiv:1502.02791, section 3.
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

    def call(self, inputs: Any, presence: Any = None) -> Any:
        if not isinstance(inputs, list | tuple) or len(inputs) != 2:
            raise ValueError("AlignmentLoss is called on a pair of tensors, [first, second].")
        first, second = inputs
        which = {}
        if presence is not None:
            if len(presence.shape) != 2 or presence.shape[1] not in (None, 2):
                raise ValueError(
                    "presence must have the shape (batch, 2), a column for each of the pair; received the shape "
                    f"{tuple(presence.shape)}. `presence_of` picks columns."
                )
            which = {"there": ops.all(presence > 0.5, axis=1)}
        self.add_loss(self.weight * self.function(first, second, **self.arguments, **which))
        return [ops.convert_to_tensor(first), ops.convert_to_tensor(second)]
