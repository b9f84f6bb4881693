"""What the objectives over representations take: batches of vectors, computed with in float32."""

from __future__ import annotations

from typing import Any

from keras import ops


def embedding_batch(embeddings: Any) -> Any:
    """The embeddings as a float32 tensor `(batch, width)`.

    Raises:
        ValueError: if they have another rank.
    """
    embeddings = ops.convert_to_tensor(embeddings)
    if len(embeddings.shape) != 2:
        raise ValueError(
            f"The embeddings must have the shape (batch, width); received {tuple(embeddings.shape)}. "
            "Pool a sequence of vectors first."
        )
    return ops.cast(embeddings, "float32")


def two_embedding_batches(first: Any, second: Any) -> tuple[Any, Any]:
    """Two batches of vectors of the same width, which may differ in the number of records.

    Raises:
        ValueError: if they have another rank, or differ in width.
    """
    first, second = embedding_batch(first), embedding_batch(second)
    if None not in (first.shape[1], second.shape[1]) and first.shape[1] != second.shape[1]:
        raise ValueError(
            f"The two batches of embeddings must have the same width; received {tuple(first.shape)} and "
            f"{tuple(second.shape)}. Project one to the width of the other first."
        )
    return first, second


def rows_there(batches: tuple[Any, Any], there: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Two batches with zeros in the rows that are not there, and for each 1 or 0 for its rows, `(rows,)` float32.

    What stood in these rows is gone, by selection: NaN too, and in the gradient.

    Args:
        batches: two tensors `(rows, width)`.
        there: booleans `(rows,)`, which rows of both count; None if all do.

    Raises:
        ValueError: if `there` has another shape than the rows of the two.
    """
    if there is None:
        return batches, tuple(ops.ones_like(batch[:, 0]) for batch in batches)
    there = ops.cast(there, "bool")
    sizes = {size for size in (*there.shape[:1], batches[0].shape[0], batches[1].shape[0]) if size is not None}
    if len(there.shape) != 1 or len(sizes) > 1:
        raise ValueError(
            f"there must have the shape (batch,), an entry for each pair of rows; received {tuple(there.shape)} beside "
            f"batches of the shapes {tuple(batches[0].shape)} and {tuple(batches[1].shape)}."
        )
    counts = ops.cast(there, "float32")
    blank = tuple(ops.where(there[:, None], batch, ops.zeros_like(batch)) for batch in batches)
    return blank, (counts, counts)


def centred_rows(batch: Any, counts: Any) -> Any:
    """The rows that count less their mean, the others zeros; and the number of those that count, less one, above 0.

    Args:
        batch: `(rows, width)`, finite.
        counts: 1 or 0, `(rows,)`.

    Returns:
        A pair: `(rows, width)` and a scalar.
    """
    number = ops.sum(counts)
    mean = ops.sum(batch * counts[:, None], axis=0) / ops.maximum(number, 1.0)
    return (batch - mean) * counts[:, None], ops.maximum(number - 1.0, 1.0)
