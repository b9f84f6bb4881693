"""What is searched: the arguments of a builder and the settings of a training, each with its range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from multimodal_zoo.fusion import list_fusions
from multimodal_zoo.modalities import Modality
from multimodal_zoo.registry import builder_arguments
from multimodal_zoo.training.optimizers import OPTIMIZERS
from multimodal_zoo.training.tuning.ranges import Between, Choices, Range
from multimodal_zoo.unknown_name import UnknownName

# Settings of `fit` that can be searched beside the arguments of the builder.
FIT_SETTINGS = ("learning_rate", "batch_size", "optimizer")
# The last word of the names by which builders call a width.
WIDTHS = ("dim", "units", "filters", "channels", "hidden")
DROPOUT = Between(0.0, 0.5, step=0.1)

Space = dict[str, Range]


def default_space(name: str, settings: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> Space:
    """What the signature of a builder lets one search.

    Every fusion operator where it takes one; each width halved, as it is and doubled; the dropout; and the learning
    rate, over two orders of magnitude around the task's own.

    Args:
        name: of the model.
        settings: of the training, with a `learning_rate`.
        fixed: what is given, and not searched: builder arguments, settings of `fit`.

    Example:
        >>> default_space("deepfm", {"learning_rate": 1e-3})["hidden"]
        Choices(values=((64, 64, 64), (128, 128, 128), (256, 256, 256)), ordered=True)
    """
    space = {}
    for argument in (*builder_arguments(name), "learning_rate"):
        found = default_range(name, argument, settings)
        if found is not None and argument not in (fixed or {}):
            space[argument] = found
    return space


def default_range(name: str, argument: str, settings: Mapping[str, Any]) -> Range | None:
    """The range of one argument or setting; None where none follows from its name and default."""
    if argument == "learning_rate":
        return Between(settings["learning_rate"] / 10, settings["learning_rate"] * 10, log=True)
    default = builder_arguments(name).get(argument)
    if argument == "dropout" and isinstance(default, float):
        return DROPOUT
    if is_fusion(argument) and isinstance(default, str):
        return Choices(tuple(list_fusions()))
    if argument.split("_")[-1] in WIDTHS and default is not None:
        sizes = scaled(default, 0.5), default, scaled(default, 2)
        # As the command line writes them.
        written = (tuple(one) if isinstance(one, Sequence) else one for one in sizes)
        return Choices(tuple(dict.fromkeys(written)), ordered=True)
    return None


def is_fusion(argument: str) -> bool:
    """Whether an argument names a fusion operator."""
    return argument.split("_")[-1] == "fusion"


def scaled(width: int | Sequence[int], factor: float) -> Any:
    """A width, or each of several, so many times as large; 1 at least."""
    if isinstance(width, Sequence):
        return tuple(scaled(one, factor) for one in width)
    return max(1, int(width * factor))


def checked_space(
    name: str, search: Mapping[str, Range | None], settings: Mapping[str, Any], fixed: Mapping[str, Any]
) -> Space:
    """The ranges that a person asked for, in the order of their names.

    Args:
        name: of the model.
        search: by argument; None takes its default range. Nothing at all is the default space.
        settings: of the training, with a `learning_rate`.
        fixed: what is given, and not searched.

    Raises:
        UnknownName: there is no such argument, fusion operator or optimiser.
        ValueError: a range does not suit its argument, or there is none by default; or it is given as well.
    """
    if not search:
        return default_space(name, settings, fixed)
    defaults = builder_arguments(name)
    space = {}
    for argument, one in sorted(search.items()):
        if argument not in defaults and argument not in FIT_SETTINGS:
            raise UnknownName(f"argument of {name}", argument, (*defaults, *FIT_SETTINGS))
        if argument in fixed:
            raise ValueError(f"{argument} is searched, and {fixed[argument]!r} is given for it: leave out one of them.")
        found = one or default_range(name, argument, settings)
        if found is None:
            raise ValueError(f"There is no range for {argument} by default: say where to search it.")
        refuse_unsuited(argument, found, defaults.get(argument), argument in FIT_SETTINGS)
        space[argument] = found
    return space


def refuse_unsuited(argument: str, found: Range, default: Any, is_setting: bool) -> None:
    """Raise where a range holds what its argument cannot be."""
    if isinstance(default, (Modality, Mapping)):
        raise ValueError(f"{argument}: modalities come from the data set and are not searched.")
    names = list_fusions() if is_fusion(argument) else ("auto", *OPTIMIZERS) if argument == "optimizer" else None
    if isinstance(found, Between):
        whole = argument == "batch_size" or (not is_setting and isinstance(default, int))
        if names is not None or isinstance(default, (str, bool, Sequence)):
            raise ValueError(f"{argument} is no number: give its choices, such as {default!r}, instead of a range.")
        if whole and not found.whole:
            raise ValueError(f"{argument} is a whole number, and {found.low}..{found.high} are not.")
    elif names is not None:
        for value in found.values:
            if value not in names:
                raise UnknownName("optimizer" if argument == "optimizer" else "fusion", value, names)
    positive = found.values if isinstance(found, Choices) else (found.low,)
    if argument in ("learning_rate", "batch_size"):
        for value in positive:
            if not isinstance(value, (int, float)) or not value > 0:
                raise ValueError(f"{argument} has to be greater than 0, got {value!r}.")


def combinations_of(space: Space) -> int | None:
    """How many there are; None where a number is not counted."""
    total = 1
    for one in space.values():
        if one.count is None:
            return None
        total *= one.count
    return total
