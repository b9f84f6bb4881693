"""The picture of the comparison: one panel a data set, one line an operator, the best single modality across.

python benchmarks/plot_fusion_operators.py    draws benchmarks/results/fusion-operators.json anew
"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from fusion_tables import MULTIPLICATIVE
from plotting import COLOURS, plotting, write_svg
from scipy.stats import t

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "fusion_operators.svg"
SYNTHETIC, VARIANT = "synthetic", "synergistic"
INTERVAL = "95 % interval"


@dataclasses.dataclass(frozen=True)
class Panel:
    """A data set in the picture.

    Args:
        title: above it.
        figure: what is on its axis.
        means: over seeds, by operator.
        intervals: of 95 %, by operator.
        best: the mean of the best modality alone.
    """

    title: str
    figure: str
    means: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    best: float


def figures_by_row(samples: dict[str, Any], scale: float, variant: str | None = None) -> dict[str, np.ndarray]:
    """The figures of all seeds by row; `variant` names one where there are several."""
    found = {}
    for name, one in samples.items():
        complete = one["figures"]["complete"]
        found[name] = scale * np.array(complete[variant] if variant else next(iter(complete.values())))
    return found


def interval_over_seeds(figures: np.ndarray) -> tuple[float, float]:
    """Of made-up data, which are drawn anew for every seed."""
    half = t.ppf(0.975, len(figures) - 1) * figures.std(ddof=1) / np.sqrt(len(figures))
    return float(figures.mean() - half), float(figures.mean() + half)


def panels_of(document: dict[str, Any]) -> list[Panel]:
    """One panel for the made-up data, and one for each table with intervals over the test groups."""
    samples = document["samples"]
    figures = figures_by_row(samples[SYNTHETIC], 100.0, VARIANT)
    intervals = {name: interval_over_seeds(one) for name, one in figures.items()}
    panels = [panel(f"SYNTHETIC,\n{VARIANT}", "accuracy, %", figures, intervals)]
    tables = [table for table in document["tables"] if INTERVAL in table["columns"]]
    for table, name in zip(tables, [name for name in samples if name != SYNTHETIC], strict=True):
        title, figure = table["title"].rsplit(": test ", 1)
        place = table["columns"].index(INTERVAL)
        # The row of the best single modality says so in brackets.
        spans = {row[0].partition(" (")[0]: re.findall(r"[-\d.]+", row[place]) for row in table["rows"]}
        intervals = {row: (float(low), float(high)) for row, (low, high) in spans.items()}
        figures = figures_by_row(samples[name], 1.0 if figure == "AUC" else 100.0)
        panels.append(panel(title.replace(", ", ",\n", 1), figure, figures, intervals))
    return panels


def panel(title: str, figure: str, figures: dict[str, np.ndarray], intervals: dict[str, tuple[float, float]]) -> Panel:
    """A panel from the figures of all seeds."""
    means = {name: float(one.mean()) for name, one in figures.items()}
    best = max(mean for name, mean in means.items() if name.endswith(" alone"))
    means = {name: mean for name, mean in means.items() if not name.endswith(" alone")}
    return Panel(title, figure, means, intervals, best)


def plot_operators(document: dict[str, Any], file: Path) -> None:
    """Draw and write an SVG.

    Args:
        document: the results file.
        file: where to.
    """
    plt = plotting("fusion operators")
    panels = panels_of(document)
    names = sorted({name for one in panels for name in one.means}, reverse=True)
    size = (8.6, 0.19 * len(names) + 1.2)
    figure, axes = plt.subplots(1, len(panels), figsize=size, sharey=True, layout="constrained")
    for axis, one in zip(axes, panels, strict=True):
        for place, name in enumerate(names):
            colour, marker = (COLOURS[1], "s") if name in MULTIPLICATIVE else (COLOURS[0], "o")
            axis.plot(one.intervals[name], [place, place], color=colour, linewidth=1, marker="")
            axis.plot(one.means[name], place, marker, color=colour, markersize=4)
        axis.axvline(one.best, color="#707070", linestyle="--", linewidth=1)
        axis.set_title(one.title, fontsize=8)
        axis.set_xlabel(one.figure)
        axis.grid(axis="x", alpha=0.3)
        axis.set_ylim(-0.7, len(names) - 0.3)
    axes[0].set_yticks(range(len(names)), names)
    figure.suptitle(
        "dashed: best single modality; orange squares: operators that multiply modalities; lines: 95 % intervals",
        fontsize=8,
    )
    write_svg(figure, file)
    plt.close(figure)


if __name__ == "__main__":
    plot_operators(json.loads((ROOT / "benchmarks/results/fusion-operators.json").read_text("utf-8")), PICTURE)
