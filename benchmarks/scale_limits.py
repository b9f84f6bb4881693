"""What breaks first: from how many rows or workers on each part of a training no longer holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scale_assumptions import Assumptions
from scale_exchange import WAYS, exchanges
from scale_failures import expected_slowest
from scale_memory import bytes_a_number

MOST_WORKERS = 100_000


def first_workers(breaks: Callable[[int], bool]) -> int | None:
    """The fewest workers, from two on, at which something breaks; None where a hundred thousand do not break it."""
    return next((count for count in range(2, MOST_WORKERS + 1) if breaks(count)), None)


def limit_table(
    assumed: Assumptions, dense: float, compute: float, reading: float, spread: list[float]
) -> dict[str, Any]:
    """Each limit, the lowest first within rows and within workers.

    Args:
        assumed: everything.
        dense: bytes of all weights but the table.
        compute: seconds of a step.
        reading: seconds in which one worker reads what it computes in a step.
        spread: steps that were timed, as multiples of the median.
    """
    network, row = assumed.gigabits[1], assumed.width * bytes_a_number("`LazyAdam`")
    by_rows = [
        ("the table and what LazyAdam keeps of it no longer fit one worker", int(assumed.memory // row)),
        ("ids no longer fit 32 bits", 2**31 - 1),
    ]
    by_workers: list[tuple[str, int | None]] = [
        (
            "every worker reads the whole batch: its input takes as long as computing",
            first_workers(lambda n: n * reading > compute),
        ),
        (
            "the slowest worker takes half as long again as one",
            first_workers(lambda n: expected_slowest(spread, n) > 1.5 * expected_slowest(spread, 1)),
        ),
    ]
    for way in WAYS:
        slower = first_workers(
            lambda n, way=way: exchanges(n, assumed, dense)[way].seconds(network, assumed.latency) > compute
        )
        by_workers.append((f"{way}: the exchange takes as long as computing", slower))
    by_workers.sort(key=lambda one: MOST_WORKERS + 1 if one[1] is None else one[1])
    rows = [[what, f"more than {most:,} rows"] for what, most in sorted(by_rows, key=lambda one: one[1])]
    rows += [
        [what, f"{count:,} workers" if count else f"none up to {MOST_WORKERS:,} workers"] for what, count in by_workers
    ]
    return {
        "title": "What breaks first",
        "columns": ["what", "from"],
        "rows": rows,
        "note": f"Exchanges at {network:g} Gbit/s with {assumed.latency * 1e6:g} µs a message.",
    }
