"""An interval for a figure, by resampling whole groups (patients, speakers), not rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def bootstrap_interval(
    statistic: Callable[[np.ndarray], float | None],
    groups: np.ndarray,
    *,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile interval of `statistic(rows)` under resampling of groups with replacement.

    Args:
        statistic: from an array of row numbers to a figure; None where it is not defined (such draws are left out).
        groups: `(rows,)` the group of each row.
        draws: resamples.
        level: probability the interval covers, in (0, 1).

    Returns:
        Lower and upper end.

    Raises:
        ValueError: the figure was defined in no draw.

    Reference: Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 13.3.
    """
    _, number = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(number == one) for one in range(number.max() + 1)]
    random = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        chosen = random.integers(0, len(members), len(members))
        value = statistic(np.concatenate([members[one] for one in chosen]))
        if value is not None:
            values.append(value)
    if not values:
        raise ValueError("The figure is not defined in any of the resamples.")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
