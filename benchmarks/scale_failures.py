"""The slowest of many workers, how often one of them fails, and how often to write a checkpoint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scale_assumptions import Assumptions
from scale_exchange import duration


def expected_slowest(samples: Sequence[float], workers: int) -> float:
    """Mean of the slowest of so many steps, each drawn from the samples.

    The chance that the slowest is at most the i-th smallest of m samples is (i / m) to the power of the workers.
    """
    ordered = np.sort(np.asarray(samples, "float64"))
    at_most = (np.arange(len(ordered) + 1) / len(ordered)) ** workers
    return float(ordered @ np.diff(at_most))


def young_interval(checkpoint: float, between_failures: float) -> float:
    """Seconds of work between two checkpoints with which the least is lost: sqrt(2 C M).

    Args:
        checkpoint: C, seconds that writing one takes.
        between_failures: M, mean seconds between two failures of the job.

    Reference:
        Young 1974, A first order approximation to the optimum checkpoint interval, Communications of the ACM 17 (9).
    """
    return math.sqrt(2 * checkpoint * between_failures)


def times_as_long(work: float, checkpoint: float, between_failures: float, restart: float) -> float:
    """How many times as long as without failures a training takes on average, with checkpoints after so much work.

    Failures come at random, also while a checkpoint is written and while the job starts again.

    Reference:
        Daly 2006, A higher order estimate of the optimum checkpoint interval for restart dumps, Future Generation
        Computer Systems 22 (3), equation 20.
    """
    m = between_failures
    return m * math.exp(restart / m) * math.expm1((work + checkpoint) / m) / work


def straggler_table(spread: Sequence[float], assumed: Assumptions, compute: float) -> dict[str, Any]:
    """The mean of the slowest step by workers.

    Args:
        spread: steps that were timed, as multiples of the median.
        assumed: how many workers.
        compute: seconds of the median step.
    """
    one = expected_slowest(spread, 1)
    rows = []
    for count in (1, *assumed.workers):
        slowest = expected_slowest(spread, count)
        rows.append([f"{count:,}", f"{slowest * compute * 1e3:.1f}", f"{slowest / one:.2f}"])
    return {
        "title": "The slowest worker of a step",
        "columns": ["workers", "ms", "times one worker's"],
        "rows": rows,
        "note": f"Drawn from the spread of the {len(spread)} steps that were timed, with batches of any size: nothing "
        "slower than these is foreseen.",
    }


def failure_table(assumed: Assumptions, state: float, compute: float) -> dict[str, Any]:
    """Checkpoints by workers, written by the first worker or by each for its part.

    Args:
        assumed: how often a worker fails, and how fast a checkpoint is written.
        state: bytes of tables, weights and optimiser.
        compute: seconds of a step.
    """
    rows = []
    for count in (1, *assumed.workers):
        between = assumed.worker_failure_seconds / count
        row: list[Any] = [f"{count:,}", f"{between / 3600:,.1f}"]
        for writers in (1, count):
            checkpoint = state / assumed.storage / writers
            interval = young_interval(checkpoint, between)
            lost = times_as_long(interval, checkpoint, between, assumed.restart) - 1
            row += [duration(interval), f"{100 * lost:.2f} %"]
        epoch = assumed.records / (count * assumed.batch) * compute
        without = times_as_long(epoch, state / assumed.storage, between, assumed.restart)
        rows.append([*row, duration(epoch), f"{without:.2f}"])
    return {
        "title": "Checkpoints",
        "columns": [
            "workers",
            "hours between failures",
            "one writes: every",
            "one writes: lost",
            "all write: every",
            "all write: lost",
            "epoch",
            "epoch, with a checkpoint at its end alone: times as long",
        ],
        "rows": rows,
        "note": f"{state / 1e9:,.0f} GB of state at {assumed.storage / 1e9:g} GB/s a writer. An epoch: "
        f"{assumed.records:,} records, steps of {duration(compute)} without any exchange.",
    }
