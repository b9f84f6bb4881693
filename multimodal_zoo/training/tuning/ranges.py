"""Where a value is looked for: among choices, or between two numbers."""

from __future__ import annotations

import dataclasses
import math
from typing import Any


@dataclasses.dataclass(frozen=True)
class Choices:
    """One of several values.

    Args:
        values: to choose from, each once.
        ordered: whether neighbours are alike, as sizes are and names are not.

    Raises:
        ValueError: there is none, or one of them twice.

    Example:
        >>> Choices(("gated", "concat"))
    """

    values: tuple[Any, ...]
    ordered: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        # By what they look like: 1 and True are two.
        if not self.values or len({repr(one) for one in self.values}) < len(self.values):
            raise ValueError(f"Choices are one or more values, each once; got {self.values!r}.")

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.values)


@dataclasses.dataclass(frozen=True)
class Between:
    """A number from `low` to `high`, both among them; a whole one if these are whole.

    Args:
        low, high: the ends.
        log: evenly over the orders of magnitude.
        step: only `low` and so many steps above it. Not together with `log`.

    Raises:
        ValueError: the ends are no range, or cannot be taken by their logarithm, or `step` is none.

    Example:
        >>> Between(1e-4, 1e-2, log=True)
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"A range goes from a number to a greater one, got {self.low}..{self.high}.")
        if self.log and self.low <= 0:
            raise ValueError(f"A logarithmic range begins above 0, got {self.low}..{self.high}.")
        if self.step is not None and (self.log or not 0 < self.step <= self.high - self.low):
            why = "a logarithmic range has none" if self.log else f"{self.low}..{self.high} is not that wide"
            raise ValueError(f"step={self.step}: {why if self.log or self.step > 0 else 'it has to be above 0'}.")
        if self.whole and isinstance(self.step, float):
            raise ValueError(f"step={self.step}: {self.low}..{self.high} are whole numbers, give a whole step.")

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def count(self) -> int | None:
        """How many values there are; None where they are not counted."""
        if self.step is None and not self.whole:
            return None
        # As many as floating point can tell apart: 0..0.5 by 0.1 are six.
        return math.floor((self.high - self.low) / (self.step or 1) + 1e-9) + 1


Range = Choices | Between


def described(one: Range) -> str:
    """A range as `--search` takes it; the ends are written so that they come back as they are.

    Example:
        >>> described(Between(1e-4, 1e-2, log=True))
        '0.0001..0.01:log'
    """
    if isinstance(one, Choices):
        return ",".join(value if isinstance(value, str) else repr(value) for value in one.values)
    suffix = ":log" if one.log else "" if one.step is None else f":{one.step!r}"
    return f"{one.low!r}..{one.high!r}{suffix}"
