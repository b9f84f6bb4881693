"""The part of a table that one worker holds, and how it is looked up in by all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.common.stateless_scope import in_stateless_scope
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from multimodal_zoo.training.table_parts.table_layout import TableLayout

ELSEWHERE = (
    "The rows of this table lie on {workers} workers, which have to look them up together: by fit(), evaluate() or "
    "predict() on all of them at once. For anything else, load the bundle that the training writes."
)
WHOLE = (
    "The rows of this table lie on {workers} workers, and the network reads all of them at once: it cannot be trained "
    "with sharded tables."
)


class TablePart(ResourceVariable):
    """The rows of a table that lie at one worker: a variable of this process alone, mirrored nowhere."""

    # Set by `table_part`: TensorFlow looks at what a variable is made with and takes nothing else.
    layout: TableLayout
    strategy: tf.distribute.Strategy

    def rows_of_all(self, ids: tf.Tensor) -> tf.Tensor:
        """The rows that ids of the whole table name, in a training step of all workers.

        Every worker gets the ids of all, and gives the rows of them that it holds; the sum has all rows that a global
        batch asks for, each once. The gradient goes back the same way. What is sent depends on the batch, and not on
        the table.

        Args:
            ids: of rows of the whole table, any shape.

        Returns:
            (..., dim), the shape of `ids` first.

        Raises:
            RuntimeError: there is no step of all workers under way.
        """
        replica = tf.distribute.get_replica_context()
        if in_stateless_scope():
            # Keras only learns the shape.
            return tf.zeros([*keras.ops.shape(ids), self.shape[-1]], self.dtype)
        if replica is None or replica.strategy is not self.strategy:
            raise RuntimeError(ELSEWHERE.format(workers=self.layout.workers))
        flat = tf.reshape(ids, [-1])
        asked = tf.sort(tf.unique(replica.all_gather(flat, axis=0)).y)
        own = tf.where(tf.equal(self.layout.owner(asked), replica.replica_id_in_sync_group))
        values = self.sparse_read(self.layout.place(tf.gather_nd(asked, own)))
        known = tf.scatter_nd(own, values, tf.stack([tf.size(asked, out_type=own.dtype), self.shape[-1]]))
        rows = summed_rows(known, tf.searchsorted(asked, flat))
        return tf.reshape(rows, tf.concat([tf.shape(ids), [self.shape[-1]]], axis=0))

    def _dense_var_to_tensor(self, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> tf.Tensor:
        # A step that computed with a part as if it were the whole would go wrong silently.
        if not tf.executing_eagerly():
            raise RuntimeError(WHOLE.format(workers=self.layout.workers))
        return super()._dense_var_to_tensor(dtype=dtype, name=name, as_ref=as_ref)


def table_part(layout: TableLayout, strategy: tf.distribute.Strategy, **variable: Any) -> TablePart:
    """Make the part of a table that this worker holds.

    Args:
        layout: of the table.
        strategy: of the workers that share it.
        **variable: as a creator of variables gets it.
    """
    part = TablePart(**plain(variable))
    part.layout, part.strategy = layout, strategy
    return part


@tf.custom_gradient
def summed_rows(known: tf.Tensor, places: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], Any]]:
    """Rows of the sum of `known` over all replicas, by their places.

    The gradient of a row is the sum over all replicas, each of which has its own part of the batch.
    """

    def total(rows: tf.Tensor) -> tf.Tensor:
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, rows)

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, None]:
        return total(tf.math.unsorted_segment_sum(upstream, places, tf.shape(known)[0])), None

    return tf.gather(total(known), places), gradient


def part_of(variable: Any) -> TablePart | None:
    """The part of a table that a weight or variable is; None of any other."""
    value = variable.value if isinstance(variable, keras.Variable) else variable
    return value if isinstance(value, TablePart) else None


def parts_in(variables: Iterable[Any]) -> list[TablePart]:
    """Those among weights or variables that are parts of tables."""
    return [part for part in map(part_of, variables) if part is not None]


def parameter_count(model: keras.Model) -> int:
    """Numbers in all weights of a network, the rows of all workers among them."""
    counts = [math.prod(one.shape) for one in model.weights]
    parts = parts_in(model.weights)
    return sum(counts) + sum((part.layout.rows - part.layout.rows_here) * part.shape[-1] for part in parts)


def local_variable(_: Callable[..., tf.Variable], **named: Any) -> tf.Variable:
    """A creator of variables that no strategy mirrors, for `tf.variable_creator_scope`."""
    return ResourceVariable(**plain(named))


def plain(named: dict[str, Any]) -> dict[str, Any]:
    """Of what a creator of variables is given, what a variable of one process takes."""
    return {name: named[name] for name in ("initial_value", "trainable", "name", "dtype")}
