"""One class out of several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.heads.logits import logits_of


def classification_head(num_classes: int, dropout: float = 0.0, name: str = "probabilities") -> Callable[..., Any]:
    """Makes the head for one class out of several: a linear map and softmax.

    Args:
        num_classes: number of classes, at least 2.
        dropout: share of the joint representation dropped, 0 to 1.
        name: name of the output layer.

    Returns:
        A callable `(joint, extra_logits=None)`: `joint` is (batch, width), `extra_logits` a tensor or a list
        of tensors (batch, num_classes) added before the softmax. It returns float32 probabilities (batch,
        num_classes), under any dtype policy: train them with the (sparse) categorical cross-entropy of
        probabilities, `from_logits=False`.

    Raises:
        ValueError: if `num_classes` is below 2.

    Example:
        >>> probabilities = classification_head(2, dropout=0.3)(joint, extra_logits=words)
    """
    if num_classes < 2:
        raise ValueError(
            f"classification_head needs at least 2 classes; received num_classes={num_classes!r}. "
            "For one yes or no take ranking_head or multi_label_head."
        )
    logits = logits_of(num_classes, dropout, name)
    activate = keras.layers.Activation("softmax", dtype="float32", name=name)

    def call(joint: Any, extra_logits: Any = None) -> Any:
        return activate(logits(joint, extra_logits))

    return call
