"""A lookup in which id 0 is the zero vector, as one operation."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multimodal_zoo.native.operations import compiled_operations, held_here, loaded_operations


def compiled_rows(table: Any, ids: Any) -> tf.Tensor | None:
    """The rows of a table that ids name, zeros for id 0, by the compiled operation.

    Args:
        table: weight (rows, dim).
        ids: int32 or int64 of any shape, from 0 to rows - 1.

    Returns:
        (..., dim), the shape of `ids` first; or None where the operation was not compiled or is not for this table:
        then TensorFlow's own operations are to do it.

    Example:
        >>> compiled_rows(layer.embeddings, tf.constant([[2, 0]]))[0, 1]
        <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 0.], dtype=float32)>
    """
    variable = held_here(table)
    if variable is None:
        return None
    operations = compiled_operations()
    if operations is None:
        return None
    # Tells the tapes that the variable is read.
    variable.sparse_read(tf.zeros((0,), ids.dtype))
    rows = operations.multimodal_zoo_table_rows(variable.handle, ids)
    return tf.ensure_shape(rows, (*ids.shape, variable.shape[1]))


@tf.RegisterGradient("MultimodalZooTableRows")
def _gradient(lookup: Any, of_rows: tf.Tensor) -> tuple[tf.IndexedSlices, None]:
    table, ids = lookup.inputs
    shape = tf.raw_ops.VariableShape(input=table)
    once = tf.reshape(ids, (-1,))
    values = tf.reshape(of_rows, (-1, of_rows.shape[-1]))
    return tf.IndexedSlices(loaded_operations().multimodal_zoo_without_row0(values, once), once, shape), None


@tf.RegisterGradient("MultimodalZooWithoutRow0")
def _gradient_of_gradient(masked: Any, of_masked: tf.Tensor) -> tuple[tf.Tensor, None]:
    _, ids = masked.inputs
    return loaded_operations().multimodal_zoo_without_row0(of_masked, ids), None
