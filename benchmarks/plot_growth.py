"""The picture of the growth curves: time above, memory below, one column a curve, one line each way of doing it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from growth_curves import CURVES
from growth_tables import Points, by_round, milliseconds_of
from plotting import plotting, write_svg


def plot_growth(samples: dict[str, dict[str, Points]], file: Path) -> None:
    """Draw and write an SVG.

    Args:
        samples: the points of each line of each curve.
        file: where to.
    """
    plt = plotting("growth")
    figure, axes = plt.subplots(2, len(samples), figsize=(2.6 * len(samples), 5), squeeze=False)
    for (name, lines), time, memory in zip(samples.items(), axes[0], axes[1], strict=True):
        for line, points in lines.items():
            sizes = [int(size) for size in points]
            quartiles = [np.quantile(by_round(point), [0.25, 0.75]) for point in points.values()]
            (drawn,) = time.plot(
                sizes, [milliseconds_of(point) for point in points.values()], "o-", markersize=3, label=line.strip("`")
            )
            time.fill_between(sizes, *zip(*quartiles, strict=True), color=drawn.get_color(), alpha=0.25)
            memory.plot(sizes, [point["memory"] for point in points.values()], "o-", markersize=3)
        time.set_title(CURVES[name].title)
        time.set_yscale("log")
        time.legend()
        for axis in (time, memory):
            scaled(axis, sizes, CURVES[name].size)
        memory.set_ylim(bottom=0)
    axes[0][0].set_ylabel("ms a step")
    axes[1][0].set_ylabel("peak memory, MB")
    figure.suptitle("median; band: quartiles of the rounds")
    figure.tight_layout()
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
