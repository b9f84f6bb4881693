"""What the measurements by several workers have in common: their words, and the file of their results."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any


def words_of(description: str | None, rounds: int, steps: int) -> argparse.ArgumentParser:
    """The words that each takes; a worker is told its folder."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--dry", action="store_true", help="write no results: to see whether it runs")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser


def write_unless_dry(
    name: str, title: str, asked: argparse.Namespace, tables: list[dict[str, Any]], samples: dict[str, Any]
) -> None:
    """Write `benchmarks/results/<name>.json`."""
    if asked.dry:
        return
    # It imports Keras, which the workers are to start with by themselves.
    from experiment import write_result

    protocol = (
        f"Rounds of {asked.steps} steps in turns: {asked.rounds}, each in new processes; medians. All share the "
        f"{os.cpu_count()} cores of one machine."
    )
    write_result(name, title, protocol, tables, samples, command="make bench")
