"""One or several numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.heads.logits import logits_of


def regression_head(outputs: int = 1, dropout: float = 0.0, name: str = "value") -> Callable[..., Any]:
    """Makes the head for numbers: a linear map.

    Args:
        outputs: how many numbers.
        dropout: share of the joint representation dropped, 0 to 1.
        name: name of the output layer.

    Returns:
        A callable `(joint, extra_logits=None)`: `joint` is (batch, width), `extra_logits` a tensor or a list
        of tensors (batch, outputs) added to the answer. It returns float32 values (batch, outputs),
        unbounded, under any dtype policy.

    Raises:
        ValueError: if `outputs` is below 1.

    Example:
        >>> rating = regression_head()(joint)
    """
    logits = logits_of(outputs, dropout, name)
    activate = keras.layers.Activation("linear", dtype="float32", name=name)

    def call(joint: Any, extra_logits: Any = None) -> Any:
        return activate(logits(joint, extra_logits))

    return call
