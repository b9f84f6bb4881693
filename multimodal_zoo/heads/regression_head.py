"""One or several numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multimodal_zoo.heads.logits import logits_of
from multimodal_zoo.heads.real_units import RealUnits


def regression_head(
    outputs: int = 1,
    dropout: float = 0.0,
    units_of: str | None = None,
    start_at_zero: bool = False,
    name: str = "value",
) -> Callable[..., Any]:
    """Makes the head for numbers: a linear map to standardised ones, and from these to the unit of the data.

    Args:
        outputs: how many numbers.
        dropout: share of the joint representation dropped, 0 to 1.
        units_of: the modality whose mean and deviation the answer has, None for those of the labels; see `RealUnits`.
        start_at_zero: whether the linear map starts as zeros, so that at first the answer is what is added to it.
        name: name of the output layer.

    Returns:
        A callable `(joint, extra_logits=None)`: `joint` is (batch, width); `extra_logits` a tensor or a list
        of tensors (batch, outputs), standardised, added to the linear map. It returns float32 values (batch,
        outputs), unbounded, under any dtype policy.

    Raises:
        ValueError: if `outputs` is below 1.

    Example:
        >>> rating = regression_head()(joint)
    """
    standard = logits_of(outputs, dropout, name, initializer="zeros" if start_at_zero else "glorot_uniform")
    in_real_units = RealUnits(units_of, name=name)

    def call(joint: Any, extra_logits: Any = None) -> Any:
        return in_real_units(standard(joint, extra_logits))

    return call
