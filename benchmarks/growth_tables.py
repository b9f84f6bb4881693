"""The tables of the growth curves, and what the samples behind them say."""

from __future__ import annotations

from typing import Any

import numpy as np
from growth_curves import Curve

# Of one line: size -> "steps" (seconds of each) and "shares" (cores busy), by round; "memory", the peak in MB.
Points = dict[str, dict[str, Any]]


def milliseconds_of(point: dict[str, Any]) -> float:
    """Median of all steps."""
    return float(np.median(np.concatenate([np.array(one) for one in point["steps"]]))) * 1e3


def relative_steps(point: dict[str, Any]) -> list[float]:
    """All steps as multiples of their median."""
    return [float(one) * 1e3 / milliseconds_of(point) for by_round in point["steps"] for one in by_round]


def by_round(point: dict[str, Any]) -> np.ndarray:
    """Median of the steps of each round, in ms."""
    return np.array([np.median(one) for one in point["steps"]]) * 1e3


def with_quartiles(value: float, values: np.ndarray, digits: int) -> str:
    """As `12.3 [11.9, 13.0]`."""
    low, high = np.quantile(values, [0.25, 0.75])
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def line_rows(name: str, points: Points) -> list[list[Any]]:
    """One row for each size; the first has none before it to be held against."""
    rows, before = [], None
    for size, point in points.items():
        ratio = None
        if before is not None:
            ratios = by_round(point) / by_round(before)
            ratio = with_quartiles(milliseconds_of(point) / milliseconds_of(before), ratios, 2)
        rows.append(
            [
                name,
                f"{int(size):,}",
                with_quartiles(milliseconds_of(point), by_round(point), 2),
                ratio,
                f"{np.median(point['shares']):.2f}",
                f"{point['memory']:.0f}",
            ]
        )
        before = point
    return rows


def curve_table(curve: Curve, lines: dict[str, Points]) -> dict[str, Any]:
    """The table of a curve.

    Args:
        curve: what was measured.
        lines: the points of each line.
    """
    grown = ", ".join(f"{name} {measured_growth(points, curve.each_more):.2f}" for name, points in lines.items())
    how = f"For each of the {curve.size} more, time times" if curve.each_more else "Time grows with the power"
    return {
        "title": curve.title,
        "columns": ["what", curve.size, "ms", "times the size before", "cores busy", "memory, MB"],
        "rows": [row for name, points in lines.items() for row in line_rows(name, points)],
        "note": f"Of {curve.step}. {curve.note} {how}: {grown}.",
    }


def measured_growth(points: Points, each_more: bool = False) -> float:
    """The e of time = a * size ** e that is nearest to the medians; with `each_more` the b of a * b ** size."""
    sizes = np.array([int(size) for size in points], "float64")
    times = np.log([milliseconds_of(point) for point in points.values()])
    slope, _ = np.polyfit(sizes if each_more else np.log(sizes), times, 1)
    return float(np.exp(slope) if each_more else slope)
