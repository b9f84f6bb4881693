"""How many bytes a row takes with each optimiser, what smaller tables save, and how many workers that is."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from growth_tables import Points
from scale_assumptions import NUMBER, Assumptions

from multimodal_zoo.training.optimizers import LazyAdagrad, LazyAdam, LazyFtrl

# Those of the measured curve by the names of its lines.
OPTIMISERS = {
    "none: to answer": None,
    "`LazyAdagrad`": LazyAdagrad,
    "`LazyAdam`": LazyAdam,
    "`LazyFtrl`": LazyFtrl,
    "Keras' table and Adam": keras.optimizers.Adam,
}
SIZES = tuple(10**power for power in range(6, 12))


def numbers_beside(optimiser: type[keras.optimizers.Optimizer] | None) -> int:
    """How many numbers the optimiser keeps for each number of a table, found by building it for one."""
    if optimiser is None:
        return 0
    table = keras.Variable(np.zeros((3, 2), "float32"), name="embeddings")
    built = optimiser()
    built.build([table])
    return sum(tuple(variable.shape) == (3, 2) for variable in built.variables)


def bytes_a_number(name: str) -> int:
    """Of a number of a table and of what its optimiser keeps for it."""
    return NUMBER * (1 + numbers_beside(OPTIMISERS[name]))


def measured_bytes(points: Points) -> float:
    """By how much the peak of memory grew for each row more, from the last size but one to the last."""
    (fewer, before), (more, after) = list(points.items())[-2:]
    return (after["memory"] - before["memory"]) * 2**20 / (int(more) - int(fewer))


def numbers_of(table: str, ids: int, width: int) -> int:
    """Numbers in the tables of a field of so many ids, as `deepfm(tables=...)` makes them."""
    if table == "a row for each id":
        return ids * width
    if table == "`hashed`":
        return ids // 10 * width
    if table == "`quotient_remainder`":
        remainders = math.ceil(math.sqrt(ids))
        return (remainders + math.ceil(ids / remainders)) * width
    if table == "`mixed_dimensions`":
        first, second = ids // 100, ids // 10
        widths = [width, max(1, width // 4), max(1, width // 16)]
        rows = [first, second - first, ids - second]
        maps = sum(narrow * width for narrow in widths[1:])
        return sum(count * narrow for count, narrow in zip(rows, widths, strict=True)) + maps
    raise ValueError(f"There is no table {table!r}.")


TABLES = ("a row for each id", "`hashed`", "`quotient_remainder`", "`mixed_dimensions`")


def workers_for(size: float, assumed: Assumptions) -> int:
    """How many have to share so many bytes."""
    return max(1, math.ceil(size / assumed.memory))


def gigabytes(size: float) -> str:
    """As 64.0, and small ones with what counts of them."""
    return f"{size / 1e9:,.1f}" if size >= 1e8 else f"{size / 1e9:.2g}"


def memory_tables(rows: dict[str, Points], assumed: Assumptions) -> list[dict[str, Any]]:
    """Bytes a row, a billion ids in smaller tables, and workers by rows.

    Args:
        rows: the measured points of the curve over the rows of a table.
        assumed: how wide a row is, and what a worker holds.
    """
    million = assumed.rows // 10**6
    lines = []
    for name in OPTIMISERS:
        size = assumed.width * bytes_a_number(name)
        measured = f"{measured_bytes(rows[name]):.0f}" if name in rows else None
        lines.append([name, size // assumed.row_bytes - 1, size, measured, gigabytes(size * assumed.rows)])
    by_table = []
    for table in TABLES:
        numbers = numbers_of(table, assumed.rows, assumed.width)
        sizes = [numbers * bytes_a_number(name) for name in ("`LazyAdagrad`", "`LazyAdam`", "`LazyFtrl`")]
        a_row = f"{sizes[1] / assumed.rows:.3g}"
        by_table.append([table, a_row, *map(gigabytes, sizes), workers_for(sizes[1], assumed)])
    adam, adagrad = (assumed.width * bytes_a_number(name) for name in ("`LazyAdam`", "`LazyAdagrad`"))
    by_size = [
        [
            f"{size:,}",
            gigabytes(size * adam),
            "yes" if size * adam <= assumed.memory else "no",
            workers_for(size * adam, assumed),
            workers_for(size * adagrad, assumed),
        ]
        for size in SIZES
    ]
    return [
        {
            "title": f"A row of {assumed.width} numbers",
            "columns": ["optimiser", "numbers beside each", "bytes a row", "measured", f"GB, {million:,} million rows"],
            "rows": lines,
            "note": "Measured: growth of the peak of memory from one to ten million rows. A step of Keras' Adam makes "
            "further numbers for every row, and drops them.",
        },
        {
            "title": f"{million:,} million ids, {assumed.width} numbers each",
            "columns": ["table", "bytes an id, LazyAdam", "GB, LazyAdagrad", "GB, LazyAdam", "GB, LazyFtrl", "workers"],
            "rows": by_table,
            "note": f"Workers: of {gigabytes(assumed.memory)} GB for tables, with LazyAdam, where each holds a part.",
        },
        {
            "title": "Workers by memory",
            "columns": ["rows", "GB, LazyAdam", "fits one worker", "workers, LazyAdam", "workers, LazyAdagrad"],
            "rows": by_size,
            "note": "Mirrored, every worker holds the whole table: where one cannot, no number of workers helps.",
        },
    ]
