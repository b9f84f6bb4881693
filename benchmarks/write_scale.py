"""Write the tables of docs/scale.md: the measured curves, on paper, to a billion rows and a thousand workers.

They follow from `benchmarks/results/growth.json` and from what `scale_assumptions.py` states, and from nothing else.

    python benchmarks/write_scale.py
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from experiment import RESULTS, write_document
from growth_tables import milliseconds_of, relative_steps
from scale_assumptions import ASSUMED, NUMBER, Assumptions
from scale_exchange import exchange_table, step_tables
from scale_failures import failure_table, straggler_table
from scale_input import input_table
from scale_limits import limit_table
from scale_memory import bytes_a_number, memory_tables

import multimodal_zoo as mz
from multimodal_zoo.training.optimizers.lazy_rows import is_table

COMMAND = "make bench-growth"
IDS, NUMBERS, HIDDEN = 26, 13, (400, 400, 400)


def dense_bytes(width: int) -> int:
    """Of the weights of the measured `deepfm` that are no table: they do not depend on how many rows there are."""
    fields = {f"id{field}": mz.Categorical(10) for field in range(IDS)} | {"numbers": mz.Numeric(NUMBERS)}
    model = mz.deepfm(fields, embedding_dim=width, hidden=HIDDEN)
    return NUMBER * sum(int(np.prod(weight.shape)) for weight in model.trainable_variables if not is_table(weight))


def scale_documents(growth: dict[str, Any], assumed: Assumptions = ASSUMED) -> dict[str, dict[str, Any]]:
    """The results files by name.

    Args:
        growth: what `bench_growth.py` has written.
        assumed: everything that was not measured.
    """
    samples = growth["samples"]
    step, shards = samples["batch"]["deepfm"][str(assumed.batch)], samples["records"]["from shards"]
    compute = milliseconds_of(step) / 1e3
    reading = milliseconds_of(list(shards.values())[-1]) / 1e3
    spread = [one for point in samples["batch"]["deepfm"].values() for one in relative_steps(point)]
    dense = dense_bytes(assumed.width)
    state = assumed.rows * assumed.width * bytes_a_number("`LazyAdam`") + 3 * dense
    measured = f"Measured: {compute * 1e3:.1f} ms for a step of `deepfm` on {assumed.batch:,} records"
    machine = f"one worker being {growth['environment']['cores']} cores of {growth['environment']['processor']}"
    tables = {
        "memory": (
            "Memory",
            f"Float32; a worker has {assumed.memory / 1e9:g} GB for tables and their optimiser",
            memory_tables(samples["rows"], assumed),
        ),
        "exchange": (
            "Exchange",
            f"{assumed.rows:,} rows of {assumed.width} numbers, {assumed.ids} ids a record, all of them different, "
            f"{assumed.batch:,} records a worker",
            [exchange_table(assumed, dense)],
        ),
        "step": (
            "Time of a step",
            f"{measured}, {machine}; {assumed.latency * 1e6:g} µs a message; nothing is exchanged while computing",
            step_tables(assumed, dense, compute),
        ),
        "failures": (
            "Stragglers, failures, checkpoints",
            f"{measured}; {assumed.failures} interruptions of {assumed.accelerators:,} accelerators in {assumed.days} "
            f"days (Dubey 2024, arXiv:2407.21783, section 3.3.4), a worker failing as often as one of them; "
            f"{assumed.restart / 60:g} minutes until a job that failed goes on",
            [straggler_table(spread, assumed, compute), failure_table(assumed, state, compute)],
        ),
        "input": (
            "Input",
            f"{measured}, {reading * 1e3:.1f} ms to read as many from shards, {machine}",
            [input_table(assumed, compute, reading)],
        ),
        "limits": ("Limits", f"{measured}; {machine}", [limit_table(assumed, dense, compute, reading, spread)]),
    }
    return {
        f"scale-{name}": {"title": title, "protocol": protocol, "command": COMMAND, "tables": parts}
        for name, (title, protocol, parts) in tables.items()
    }


def main() -> None:
    """Write `benchmarks/results/scale-*.json`."""
    growth = json.loads((RESULTS / "growth.json").read_text(encoding="utf-8"))
    for name, document in scale_documents(growth).items():
        print(write_document(name, document))


if __name__ == "__main__":
    main()
