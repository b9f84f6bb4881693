"""How many times as fast one way is as another, round by round."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

# The share of the rounds that have to be on the same side of 1.
AGREED = 0.9


@dataclasses.dataclass(frozen=True)
class Ratio:
    """The ratios of all rounds in short; where there was one round there is no spread.

    Args:
        least, low, middle, high, greatest: minimum, quartiles and maximum.
        rounds: how many.
        ahead, behind: the shares of them that are above and below 1.
    """

    least: float
    low: float
    middle: float
    high: float
    greatest: float
    rounds: int
    ahead: float
    behind: float

    @classmethod
    def of(cls, ratios: Sequence[float] | np.ndarray) -> Ratio:
        """Of the ratios of the rounds.

        Raises:
            ValueError: there is none, or one is not a positive number.
        """
        array = np.asarray(ratios, "float64")
        if not array.size or not (np.isfinite(array) & (array > 0)).all():
            raise ValueError(f"Ratios are positive numbers, at least one; received {array.tolist()}.")
        quantiles = (float(one) for one in np.quantile(array, [0, 0.25, 0.5, 0.75, 1]))
        return cls(*quantiles, array.size, float((array > 1).mean()), float((array < 1).mean()))

    @property
    def verdict(self) -> str:
        """What nine of ten rounds agree on, which of a few are all; of one round nothing is said."""
        if self.rounds < 2:
            return "one round"
        if self.ahead >= AGREED:
            return "faster"
        return "slower" if self.behind >= AGREED else "not told apart"


def medians_of(rounds: Sequence[float | Sequence[float]]) -> np.ndarray:
    """The median of each round, which is a number or several."""
    return np.array([np.median(one) for one in rounds], "float64")


def ratios_of_times(ours: Sequence[float | Sequence[float]], others: Sequence[float | Sequence[float]]) -> np.ndarray:
    """Times of the other way over those of the first, by round: above 1 the first way is the faster one.

    Raises:
        ValueError: not as many rounds of both.
    """
    if len(ours) != len(others):
        raise ValueError(f"Rounds are compared one by one; received {len(ours)} and {len(others)}.")
    return medians_of(others) / medians_of(ours)
