"""Any number of labels at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.heads.logits import logits_of


def multi_label_head(num_labels: int, dropout: float = 0.0, name: str = "probabilities") -> Callable[..., Any]:
    """Makes the head for any number of labels at once: a linear map and a sigmoid for each.

    Args:
        num_labels: number of labels, at least 1.
        dropout: share of the joint representation dropped, 0 to 1.
        name: name of the output layer.

    Returns:
        A callable `(joint, extra_logits=None)`: `joint` is (batch, width), `extra_logits` a tensor or a list
        of tensors (batch, num_labels) added before the sigmoid. It returns float32 probabilities (batch,
        num_labels) that need not sum to one, under any dtype policy; train them with the binary cross-entropy
        of probabilities.

    Raises:
        ValueError: if `num_labels` is below 1.

    Example:
        >>> probabilities = multi_label_head(14)(joint)
    """
    logits = logits_of(num_labels, dropout, name)
    activate = keras.layers.Activation("sigmoid", dtype="float32", name=name)

    def call(joint: Any, extra_logits: Any = None) -> Any:
        return activate(logits(joint, extra_logits))

    return call
