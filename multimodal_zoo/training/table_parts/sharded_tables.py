"""Networks whose large tables are made in parts, one at each worker."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

from multimodal_zoo.encoders.table_placement import tables_made_by
from multimodal_zoo.training.keras_repairs import spans_workers
from multimodal_zoo.training.optimizers.optimizer_named import MANY_ROWS
from multimodal_zoo.training.table_parts.first_rows import FirstRows
from multimodal_zoo.training.table_parts.table_layout import TableLayout
from multimodal_zoo.training.table_parts.table_part import table_part


@contextlib.contextmanager
def sharded_tables(min_rows: int = MANY_ROWS) -> Iterator[None]:
    """Of networks that are built within, each worker holds only its share of the rows of large tables.

    Row r lies at worker r % workers, and what the optimiser remembers of it, too. `fit` then exchanges the rows that a
    batch asks for. Without several workers, tables are what they always are. To be entered within the scope of the
    strategy.

    Args:
        min_rows: smaller tables are mirrored as ever: a look-up costs an exchange between the workers.

    Raises:
        ValueError: a worker has several replicas, or a table a penalty, a constraint or an initialiser that regards it
            as a whole.

    Example:
        >>> with strategies.resolve("multi_worker").scope(), sharded_tables():
        ...     model = create_model("deepfm", fields=fields)
    """
    strategy = tf.distribute.get_strategy()
    if not spans_workers(strategy):
        yield
        return
    workers, worker = strategy.num_replicas_in_sync, strategy.extended._task_id
    if workers != strategy.extended._num_workers:
        raise ValueError(
            f"Sharded tables need one replica for each worker; {strategy.extended._num_workers} workers have {workers} "
            "replicas. Start a worker for each GPU, with one of them visible to it."
        )

    def make(layer: keras.Layer, add_weight: Callable[..., keras.Variable], **named: Any) -> keras.Variable:
        rows, dim = named["shape"]
        if rows < max(min_rows, workers):
            return add_weight(**named)
        refuse_whole(layer, **named)
        layout = TableLayout(rows, workers)

        def create(_: Callable[..., tf.Variable], **variable: Any) -> tf.Variable:
            return table_part(layout, strategy, **variable)

        first = FirstRows(named["initializer"], layout, worker)
        with tf.variable_creator_scope(create):
            # Only rows are read of it: in mixed precision they are cast, and never the table.
            return add_weight(**{**named, "shape": (layout.rows_here, dim), "initializer": first, "autocast": False})

    with tables_made_by(make):
        yield


def refuse_whole(layer: keras.Layer, **named: Any) -> None:
    """Raise ValueError where something regards a table as a whole."""
    for what in ("regularizer", "constraint"):
        if named.get(what) is not None:
            raise ValueError(
                f"The table of {layer.name} has a {what}, which reads all of its rows in each step: leave it out, or "
                "train without sharded tables."
            )
