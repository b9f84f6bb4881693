"""Which worker holds which rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np


class TableLayout(NamedTuple):
    """Row r lies at worker r % workers, as its row r // workers.

    Ids are in order of frequency in this package: in ranges the first worker would hold the rows that nearly every
    batch asks for, and so do nearly all of the work. All workers hold equally many rows, so that their variables have
    one shape; the last row of some of them is one that no id names.

    Args:
        rows: of the whole table.
        workers: that share it.

    Example:
        >>> layout = TableLayout(rows=7, workers=3)
        >>> layout.owner(5), layout.place(5), layout.rows_here
        (2, 1, 3)
    """

    rows: int
    workers: int

    @property
    def rows_here(self) -> int:
        """Rows of the variable of each worker."""
        return -(-self.rows // self.workers)

    def owner(self, ids: Any) -> Any:
        """The workers that hold rows; `ids` is a whole number, or an array or a tensor of them."""
        return ids % self.workers

    def place(self, ids: Any) -> Any:
        """Which rows they are there."""
        return ids // self.workers

    def rows_of(self, worker: int) -> range:
        """The rows of the table that a worker holds, in its order."""
        return range(worker, self.rows, self.workers)

    def own_of_block(self, worker: int, start: int, stop: int) -> slice:
        """Which rows of the block `start` to `stop` of a table a worker holds, counted from the start of the block."""
        return slice((worker - start) % self.workers, stop - start, self.workers)

    def part_of(self, table: np.ndarray, worker: int) -> np.ndarray:
        """The rows of a worker, zeros where no id names one."""
        part = np.zeros((self.rows_here, *table.shape[1:]), table.dtype)
        own = table[worker :: self.workers]
        part[: len(own)] = own
        return part

    def whole_block(self, parts: Sequence[np.ndarray], first: int) -> np.ndarray:
        """Rows of the table out of the same rows of all workers.

        Args:
            parts: rows `first`, `first` + 1, ... of each worker, in the order of the workers.
            first: of them.

        Returns:
            Rows `first * workers` and on of the table, without those that no id names.
        """
        stacked = np.stack(parts, axis=1)
        block = stacked.reshape(-1, *stacked.shape[2:])
        return block[: max(0, self.rows - first * self.workers)]
