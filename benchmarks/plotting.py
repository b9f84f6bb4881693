"""Matplotlib for pictures that lie beside the documents."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


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
    import matplotlib.pyplot as plt

    return plt


def write_svg(figure: Any, file: Path) -> None:
    """Write a figure in one step, without the date."""
    beside = file.with_suffix(".new.svg")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(beside, metadata={"Date": None})
    os.replace(beside, file)
