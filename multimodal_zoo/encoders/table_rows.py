"""Some rows of a table, without reading the rest of it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def table_rows(table: Any, ids: Any) -> Any:
    """The rows of a weight that ids name.

    On TensorFlow only these rows are read, and the gradient holds only these, each as often as its id was there.
    `keras.ops.take` reads the whole weight, and an update that follows then has to copy it.

    Args:
        table: weight (rows, dim) of Keras or TensorFlow, or a tensor.
        ids: whole numbers from 0 to rows - 1, any shape.

    Returns:
        (..., dim), the shape of `ids` first.

    Example:
        >>> table_rows(layer.embeddings, np.int32([[2, 5]])).shape
        (1, 2, 16)
    """
    variable = table.value if isinstance(table, keras.Variable) else table
    # Of a table whose rows lie in several processes, those of any of them.
    if hasattr(variable, "rows_of_all"):
        return variable.rows_of_all(ids)
    return rows_here(variable, ids)


def rows_at_once(table: Any, ids: Any) -> Any:
    """The rows of a weight that ids name, with zeros for id 0, by an operation that was compiled.

    It is for training: what is exported has to do without. None where `multimodal-zoo compile` was not called, or where
    the operation is not for this table.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    from multimodal_zoo.native.table_rows import compiled_rows

    return compiled_rows(table, ids)


def rows_here(table: Any, ids: Any) -> Any:
    """The rows of what this process holds: as `table_rows`, where a table has a part in each of several processes."""
    variable = table.value if isinstance(table, keras.Variable) else table
    # Of a variable that several replicas have: the one here. There is none while Keras only traces shapes.
    if hasattr(variable, "_get"):
        variable = variable._get()
    # A variable of TensorFlow reads rows by itself; elsewhere, and where Keras runs without state, it is a tensor.
    if hasattr(variable, "sparse_read"):
        return variable.sparse_read(ids)
    return ops.take(variable, ids, axis=0)
