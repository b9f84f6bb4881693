"""From the joint representation to logits, in float32 under any policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras


def logits_of(outputs: int, dropout: float, name: str, initializer: str = "glorot_uniform") -> Callable[..., Any]:
    """Makes the linear map of a head, to which further logits can be added.

    Args:
        outputs: number of logits.
        dropout: share of the joint representation dropped, 0 to 1.
        name: name of the head, the prefix of its layers' names.
        initializer: of the weights of the map.

    Returns:
        A callable `(joint, extra_logits=None)`: `joint` is (batch, width); `extra_logits` a tensor or a list
        of tensors (batch, outputs), from a highway, a linear or a factorisation-machine term. It returns
        float32 (batch, outputs).

    Raises:
        ValueError: if `outputs` is not positive, or extra logits are of another width.

    Example:
        >>> logits_of(2, 0.3, "probabilities")(joint, extra_logits=words)
    """
    if outputs < 1:
        raise ValueError(f"A head needs at least one output; received {outputs!r}.")
    drop = keras.layers.Dropout(dropout, dtype="float32", name=f"{name}_dropout") if dropout else None
    linear = keras.layers.Dense(outputs, kernel_initializer=initializer, dtype="float32", name=f"{name}_from_joint")

    def call(joint: Any, extra_logits: Any | Sequence[Any] | None = None) -> Any:
        if len(joint.shape) != 2:
            raise ValueError(f"A head takes the joint representation (batch, width); received {tuple(joint.shape)}.")
        logits = linear(joint if drop is None else drop(joint))
        if extra_logits is None:
            return logits
        extra: list[Any] = list(extra_logits) if isinstance(extra_logits, (list, tuple)) else [extra_logits]
        for term in extra:
            if len(term.shape) != 2 or term.shape[1] != outputs:
                raise ValueError(f"Extra logits must be (batch, {outputs}); received the shape {tuple(term.shape)}.")
        return keras.layers.Add(dtype="float32", name=f"{name}_logits")([logits, *extra])

    return call
