"""The picture of the growth curves: time above memory, three curves in a row, one line each way of doing it.

python benchmarks/plot_growth.py            draws benchmarks/results/growth.json anew
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from growth_curves import CURVES
from growth_tables import Points, by_round, milliseconds_of
from plotting import plain_numbers, plotting, write_svg

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "growth.svg"
# Curves beside each other: with more the letters get too small on a page.
IN_A_ROW = 3


def plot_growth(samples: dict[str, dict[str, Points]], file: Path) -> None:
    """Draw and write an SVG.

    Args:
        samples: the points of each line of each curve.
        file: where to.
    """
    plt = plotting("growth")
    bands = -(-len(samples) // IN_A_ROW)
    figure, axes = plt.subplots(2 * bands, IN_A_ROW, figsize=(8.6, 4.4 * bands), squeeze=False, layout="constrained")
    for number, (name, lines) in enumerate(samples.items()):
        row, column = 2 * (number // IN_A_ROW), number % IN_A_ROW
        time, memory = axes[row, column], axes[row + 1, column]
        for line, points in lines.items():
            sizes = [int(size) for size in points]
            quartiles = [np.quantile(by_round(point), [0.25, 0.75]) for point in points.values()]
            (drawn,) = time.plot(
                sizes, [milliseconds_of(point) for point in points.values()], markersize=4, label=line.strip("`")
            )
            time.fill_between(sizes, *zip(*quartiles, strict=True), color=drawn.get_color(), alpha=0.25)
            memory.plot(sizes, [point["memory"] for point in points.values()], markersize=4)
        time.set_title(CURVES[name].title)
        time.set_yscale("log")
        plain_numbers(time)
        time.legend(frameon=False, fontsize=7)
        for axis in (time, memory):
            scaled(axis, sizes, CURVES[name].size)
        memory.set_ylim(0, 1.1 * max(point["memory"] for points in lines.values() for point in points.values()))
        if not column:
            time.set_ylabel("ms a step")
            memory.set_ylabel("peak memory, MB")
    for axis in axes.flat:
        axis.set_visible(axis.has_data())
    figure.suptitle("median of the steps; band: quartiles of the rounds", fontsize=9)
    write_svg(figure, file)
    plt.close(figure)


def scaled(axis: Any, sizes: list[int], label: str) -> None:
    """Sizes as they were measured: evenly spaced where they multiply."""
    if sizes[-1] > 10 * sizes[0]:
        axis.set_xscale("log")
        axis.minorticks_off()
    axis.set_xticks(sizes, [short(size) for size in sizes])
    axis.set_xlabel(label)
    axis.grid(alpha=0.3)


def short(size: int) -> str:
    """As 10k or 10M, where nothing is lost."""
    for unit, letter in ((10**6, "M"), (10**3, "k")):
        if size >= unit and not size % unit:
            return f"{size // unit}{letter}"
    return str(size)


if __name__ == "__main__":
    plot_growth(json.loads((ROOT / "benchmarks/results/growth.json").read_text(encoding="utf-8"))["samples"], PICTURE)
