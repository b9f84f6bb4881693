"""Matplotlib for pictures that lie beside the documents."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

# Told apart by eyes that lack a receptor, too (Okabe and Ito 2008); the yellow is left out, it is lost on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
# Lines differ in their points as well as in their colours.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def plotting(salt: str) -> Any:
    """`matplotlib.pyplot` without a screen; the same figures give the same file.

    Args:
        salt: of the names inside the file, another for each picture.

    Raises:
        SystemExit: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        raise SystemExit(
            "Results are drawn by matplotlib, which is not installed: pip install 'multimodal-zoo[plots]'."
        ) from None
    matplotlib.use("Agg")
    # Letters stay letters.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": salt, "font.size": 8})
    matplotlib.rcParams["axes.prop_cycle"] = matplotlib.cycler(color=COLOURS, marker=MARKERS)
    import matplotlib.pyplot as plt

    return plt


def plain_numbers(axis: Any) -> None:
    """A logarithmic axis from bottom to top with 1, 2, 5, 10 and so on."""
    low, high = axis.get_ylim()
    steps = [digit * 10.0**power for power in range(-3, 7) for digit in (1, 2, 5)]
    if high / low > 300:
        steps = steps[::3]
    axis.set_yticks(steps, [f"{step:,.10g}" for step in steps])
    axis.set_ylim(low, high)
    axis.minorticks_off()


def write_svg(figure: Any, file: Path) -> None:
    """Write a figure in one step, without the date."""
    beside = file.with_suffix(".new.svg")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(beside, metadata={"Date": None})
    os.replace(beside, file)
