"""Series at the door of a model: their steps apart from the masks, and fusing them by any operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from multimodal_zoo.encoders import SplitMask, series_lstm
from multimodal_zoo.fusion import fuse, fusion_operator, operator_arguments


def split_steps(seen: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Takes the masks off the tensors of several series.

    Args:
        seen: name -> (batch, steps, features + 1), the last channel the mask.

    Returns:
        Two dicts by the same names: (batch, steps, features), and (batch, steps), 0 where a step is not there.

    Example:
        >>> steps, there = split_steps({"text": text, "audio": audio})
    """
    pairs = {name: SplitMask(name=f"{name}_split")(tensor) for name, tensor in seen.items()}
    return {name: steps for name, (steps, _) in pairs.items()}, {name: mask for name, (_, mask) in pairs.items()}


def fuse_steps(
    fusion: str,
    dim: int,
    steps: Mapping[str, Any],
    there: Mapping[str, Any],
    presence: Any,
    *,
    units: int,
    **arguments: Any,
) -> Any:
    """Fuses series: an operator over sequences reads them itself, any other the last state of an LSTM over each.

    Args:
        fusion: any of `list_fusions()`.
        dim: width of the joint representation.
        steps, there: as `split_steps` gives them.
        presence: (batch, series), or None.
        units: of the LSTMs, also of those that an operator over sequences has itself.
        **arguments: of the operator over sequences that a model is named for; another one takes those that it knows.

    Returns:
        The joint representation, (batch, dim).

    Raises:
        UnknownFusion: no such operator.

    Example:
        >>> joint = fuse_steps("cross_modal_transformer", 32, steps, there, presence, units=16, heads=2)
    """
    if 3 in fusion_operator(fusion).encoding_ranks:
        known, given = operator_arguments(fusion), {"units": units, **arguments}
        join = fuse(fusion, dim, **{name: value for name, value in given.items() if name in known})
        return join(steps, presence, there)
    states = {name: series_lstm(units, name=name)(series, there[name]) for name, series in steps.items()}
    return fuse(fusion, dim)(states, presence)
