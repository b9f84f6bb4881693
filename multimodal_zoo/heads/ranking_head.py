"""One score to rank by: the probability of a click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.heads.logits import logits_of


def ranking_head(dropout: float = 0.0, name: str = "score") -> Callable[..., Any]:
    """Makes the head for a score to rank by: a linear map to one logit and a sigmoid.

    Args:
        dropout: share of the joint representation dropped, 0 to 1.
        name: name of the output layer.

    Returns:
        A callable `(joint, extra_logits=None)`: `joint` is (batch, width), `extra_logits` a tensor or a list
        of tensors (batch, 1) added before the sigmoid. It returns float32 scores (batch, 1), 0 to 1, under
        any dtype policy; train them with the binary cross-entropy of probabilities.

    Example:
        >>> score = ranking_head()(joint, extra_logits=[linear, pairs])

    Reference:
        Guo 2017, arXiv:1703.04247, equation 1.
    """
    logits = logits_of(1, dropout, name)
    activate = keras.layers.Activation("sigmoid", dtype="float32", name=name)

    def call(joint: Any, extra_logits: Any = None) -> Any:
        return activate(logits(joint, extra_logits))

    return call
