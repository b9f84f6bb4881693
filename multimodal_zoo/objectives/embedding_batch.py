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
