"""How many bytes workers exchange in a step, in four ways to train one table, and how long the step then takes."""

from __future__ import annotations

import dataclasses
from typing import Any

from scale_assumptions import ID, Assumptions

MIRRORED, SPARSE, SUMMED, ASKED = (
    "mirrored, dense gradients",
    "mirrored, gradients of rows",
    "sharded, rows summed",
    "sharded, rows asked for",
)
WAYS = (MIRRORED, SPARSE, SUMMED, ASKED)


@dataclasses.dataclass(frozen=True)
class Exchange:
    """What each worker sends in a step, and receives as much of.

    Args:
        size: bytes.
        messages: one after the other.
    """

    size: float = 0.0
    messages: int = 0

    def __add__(self, other: Exchange) -> Exchange:
        return Exchange(self.size + other.size, self.messages + other.messages)

    def seconds(self, gigabits: float, latency: float) -> float:
        """Time on a network of so many Gbit/s each way."""
        return self.size * 8 / (gigabits * 1e9) + self.messages * latency


def ring_all_reduce(workers: int, size: float) -> Exchange:
    """The sum of what all have, for all: 2 (n - 1) / n times its bytes.

    Reference:
        Patarasuk and Yuan 2009, Bandwidth optimal all-reduce algorithms for clusters of workstations, section 3.
    """
    return Exchange(2 * (workers - 1) / workers * size, 2 * (workers - 1))


def ring_all_gather(workers: int, size: float) -> Exchange:
    """What each has of `size` bytes, for all: everybody passes on the parts of all others."""
    return Exchange((workers - 1) * size, workers - 1)


def all_to_all(workers: int, size: float) -> Exchange:
    """Of `size` bytes that each has, an equal part to everybody."""
    return Exchange((workers - 1) / workers * size, workers - 1)


def exchanges(workers: int, assumed: Assumptions, dense: float) -> dict[str, Exchange]:
    """The exchange of a step in each way.

    Mirrored, every worker holds the table: gradients are summed, either of all rows or, with their ids, of those that
    were looked up. Sharded, each holds a part: ids go in and rows come out, before the step; the gradients of the rows
    go back after it. Summed: all get all ids, and of the rows of the global batch the sum of what each of them holds;
    their gradients likewise. Asked for: each sends ids to the owners of the rows, and has these rows from them alone.
    The other weights are mirrored in every way.

    Args:
        workers: n.
        assumed: ids and rows.
        dense: bytes of all weights but the table.
    """
    ids, rows = assumed.looked_up * ID, assumed.looked_up * assumed.row_bytes
    others = ring_all_reduce(workers, dense)
    summed = ring_all_reduce(workers, workers * rows)
    asked = sum((all_to_all(workers, size) for size in (ids, rows, rows)), Exchange())
    return {
        MIRRORED: ring_all_reduce(workers, assumed.rows * assumed.row_bytes) + others,
        SPARSE: ring_all_gather(workers, ids) + ring_all_gather(workers, rows) + others,
        SUMMED: ring_all_gather(workers, ids) + summed + summed + others,
        ASKED: asked + others,
    }


def megabytes(size: float) -> str:
    """As 1,234 or 1.9."""
    return f"{size / 1e6:,.0f}" if size >= 1e7 else f"{size / 1e6:.2f}"


def duration(seconds: float) -> str:
    """As 12 ms, 3.4 s or 2.1 h."""
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def exchange_table(assumed: Assumptions, dense: float) -> dict[str, Any]:
    """Bytes a step by way and workers."""
    by_workers = {count: exchanges(count, assumed, dense) for count in assumed.workers}
    return {
        "title": "MB that each worker sends in a step, and receives",
        "columns": ["way", *(f"{count:,} workers" for count in assumed.workers)],
        "rows": [[way, *(megabytes(by_workers[count][way].size) for count in assumed.workers)] for way in WAYS],
        "note": f"{assumed.looked_up:,} ids a worker, {assumed.row_bytes} bytes a row, {ID} an id; all weights but the "
        f"table are {megabytes(dense)} MB, summed by a ring in every way. Ids that are there more than once are summed "
        "and sent once where rows are summed: the fewer, the more often ids come again.",
    }


def step_tables(assumed: Assumptions, dense: float, compute: float) -> list[dict[str, Any]]:
    """Time of a step, and which share of it is computing, for each network.

    Args:
        assumed: networks and latency.
        dense: bytes of all weights but the table.
        compute: seconds of the step of one worker alone.
    """
    tables = []
    for gigabits in assumed.gigabits:
        rows = []
        for way in WAYS:
            row: list[Any] = [way]
            for count in assumed.workers:
                exchange = exchanges(count, assumed, dense)[way]
                total = compute + exchange.seconds(gigabits, assumed.latency)
                row.append(f"{duration(total)} ({100 * compute / total:.0f} %)")
            rows.append(row)
        tables.append(
            {
                "title": f"A step at {gigabits:g} Gbit/s, and the share of it that is computing",
                "columns": ["way", *(f"{count:,} workers" for count in assumed.workers)],
                "rows": rows,
            }
        )
    return tables
