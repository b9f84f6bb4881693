"""The first values of a part of a table, without the rest of it in memory."""

from __future__ import annotations

import copy
from typing import Any

import keras
import numpy as np

from multimodal_zoo.training.table_parts.table_layout import TableLayout

# Whatever gives each row alike, however many there are.
KINDS = (
    keras.initializers.RandomUniform,
    keras.initializers.RandomNormal,
    keras.initializers.TruncatedNormal,
    keras.initializers.Constant,
    keras.initializers.Zeros,
    keras.initializers.Ones,
)
# Rows of the table that are drawn at once.
BLOCK = 2**16


class FirstRows(keras.initializers.Initializer):
    """Draws a table block by block and keeps the rows of one worker.

    A table of at most 65,536 rows begins as it does in one piece. A larger one is drawn in blocks of so many, each with
    a seed of its own, the same for any number of workers.

    Args:
        initializer: of the whole table.
        layout: of the table.
        worker: whose rows are kept.

    Raises:
        ValueError: an initialiser whose rows depend on how many there are.
    """

    def __init__(self, initializer: keras.initializers.Initializer, layout: TableLayout, worker: int) -> None:
        if type(initializer) not in KINDS:
            names = ", ".join(one.__name__ for one in KINDS)
            raise ValueError(
                f"A sharded table begins with an initialiser that gives each row alike ({names}), got "
                f"{type(initializer).__name__}."
            )
        self.initializer, self.layout, self.worker = initializer, layout, worker

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        part = np.zeros(tuple(shape), keras.backend.standardize_dtype(dtype or keras.config.floatx()))
        done = 0
        for number, start in enumerate(range(0, self.layout.rows, BLOCK)):
            stop = min(start + BLOCK, self.layout.rows)
            block = self.of_block(number)((stop - start, *shape[1:]), dtype)
            own = keras.ops.convert_to_numpy(block)[self.layout.own_of_block(self.worker, start, stop)]
            part[done : done + len(own)] = own
            done += len(own)
        return part

    def of_block(self, number: int) -> keras.initializers.Initializer:
        """The initialiser of a block; that of the first is the table's own."""
        # One with a generator of seeds draws anew each time by itself.
        if number == 0 or not isinstance(getattr(self.initializer, "seed", None), int):
            return self.initializer
        block = copy.copy(self.initializer)
        block.seed = (self.initializer.seed + number) % 2**31
        return block
