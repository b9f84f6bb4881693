"""How time and memory grow: with the batch, the records, the rows of a table, the words of a text, the modalities.

Every point is a process of its own, so that its peak of memory is its own; all points of a curve take their steps in
turns. It writes `benchmarks/results/growth.json` with every step that was timed, and `docs/growth.svg`.

    python benchmarks/bench_growth.py [--rounds 5] [--seconds 0.2] [--only rows length] [--dry]
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from alternate import alternate
from experiment import write_result
from forked import ForkedContender
from growth_curves import CURVES, Curve
from growth_tables import Points, curve_table
from made_up_clicks import made_up_clicks
from plot_growth import PICTURE, plot_growth
from plotting import plotting

from multimodal_zoo.shards import write_shards

# A burst is timed from its first end to its last, so it has at least two steps between.
FEWEST, MOST = 2, 60


def steps_of(contender: ForkedContender, seconds: float) -> int:
    """How many steps of it take about so long, found by a few that then do not count."""
    contender.burst(FEWEST)
    median = float(np.median(contender.samples[-1]))
    contender.samples.clear()
    contender.shares.clear()
    return 1 + min(MOST, max(FEWEST, math.ceil(seconds / median)))


def measure(curve: Curve, rounds: int, seconds: float, folder: str) -> dict[str, Points]:
    """The points of each line of a curve."""
    points = {
        (line, size): ForkedContender(f"{line}, {size}", command.format(size=size, folder=folder).split())
        for line, command in curve.lines.items()
        for size in curve.sizes
    }
    contenders = list(points.values())
    alternate(contenders, {one.name: steps_of(one, seconds) for one in contenders}, rounds)
    lines: dict[str, Points] = {line: {} for line in curve.lines}
    for (line, size), one in points.items():
        lines[line][str(size)] = {
            "steps": one.samples,
            "shares": one.shares,
            "memory": one.memory,
            "processor_seconds": one.processor_seconds,
        }
    return lines


def main() -> None:
    """Measure, write the results and draw them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.2, help="about how long a burst of one point is")
    parser.add_argument("--only", nargs="+", choices=CURVES, default=list(CURVES), help="these curves; writes nothing")
    parser.add_argument("--dry", action="store_true", help="write nothing: to see whether it runs")
    chosen = parser.parse_args()
    writes = not chosen.dry and set(chosen.only) == set(CURVES)
    if writes:
        # Before minutes of measuring, not behind them.
        plotting("growth")
    samples: dict[str, Any] = {}
    tables = []
    with tempfile.TemporaryDirectory() as folder:
        if "records" in chosen.only:
            for count in CURVES["records"].sizes:
                write_shards(made_up_clicks(count), Path(folder) / str(count), workers=1)
        for name in chosen.only:
            samples[name] = measure(CURVES[name], chosen.rounds, chosen.seconds, folder)
            tables.append(curve_table(CURVES[name], samples[name]))
            for row in tables[-1]["rows"]:
                print(CURVES[name].title, *row, sep="\t", flush=True)
    lines = [points for curve in samples.values() for points in curve.values()]
    used = time.process_time() + sum(point["processor_seconds"] for points in lines for point in points.values())
    print(f"{used:.0f} s of processor time", flush=True)
    if not writes:
        return
    protocol = (
        f"{chosen.rounds} rounds; in each, every point of a curve takes steps for about {chosen.seconds} s, in another "
        "order each time. Medians of all steps [quartiles of the medians of the rounds]; cores busy: processor time by "
        "time, in the median round; memory: the peak of the process, which has the whole package loaded."
    )
    write_result("growth", "Growth", protocol, tables, samples, command="make bench-growth")
    plot_growth(samples, PICTURE)


if __name__ == "__main__":
    main()
