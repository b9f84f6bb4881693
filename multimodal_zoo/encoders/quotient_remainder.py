"""A vector for each of very many ids from two small tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.each_or_mean import each_or_mean
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.table_rows import table_rows

OPERATIONS = ("multiply", "add")


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class QuotientRemainderEmbedding(keras.Layer):
    """The vector of id i is R[i mod buckets] * Q[i // buckets], element by element; no two ids share both rows.

    Instead of one row for each id the two tables have `buckets` + ceil(vocabulary_size / buckets) rows. Id 0 gives
    the zero vector.

    Args:
        vocabulary_size: number of ids, 0 (absent) included.
        dim: width of a vector.
        buckets: rows of R; None takes the square root of `vocabulary_size`, with which the tables are smallest.
        operation: "multiply" or "add".
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> QuotientRemainderEmbedding(1_000_000, 16)(ids)    # (batch, ids) -> (batch, ids, 16)
    """

    def __init__(
        self, vocabulary_size: int, dim: int, buckets: int | None = None, operation: str = "multiply", **kwargs: Any
    ):
        super().__init__(**kwargs)
        if vocabulary_size < 1 or dim < 1 or (buckets is not None and buckets < 1):
            raise ValueError(
                "vocabulary_size, dim and buckets must be positive; "
                f"received vocabulary_size={vocabulary_size!r}, dim={dim!r}, buckets={buckets!r}."
            )
        if operation not in OPERATIONS:
            raise ValueError(f"operation must be one of {', '.join(OPERATIONS)}; received {operation!r}.")
        self.vocabulary_size = int(vocabulary_size)
        self.dim = int(dim)
        self.buckets = math.ceil(math.sqrt(vocabulary_size)) if buckets is None else int(buckets)
        self.operation = operation
        # A product of two small numbers would be smaller yet: the quotient begins near 1 where it is a factor.
        near = 1.0 if operation == "multiply" else 0.0
        self.remainders = keras.layers.Embedding(self.buckets, self.dim, dtype=self.dtype_policy, name="remainders")
        self.quotients = keras.layers.Embedding(
            math.ceil(self.vocabulary_size / self.buckets),
            self.dim,
            embeddings_initializer=keras.initializers.RandomUniform(near - 0.05, near + 0.05),
            dtype=self.dtype_policy,
            name="quotients",
        )

    def build(self, ids_shape: tuple) -> None:
        self.remainders.build(ids_shape)
        self.quotients.build(ids_shape)

    def call(self, ids: Any) -> Any:
        remainder = self._rows(self.remainders, ops.mod(ids, self.buckets))
        quotient = self._rows(self.quotients, ops.floor_divide(ids, self.buckets))
        vectors = remainder * quotient if self.operation == "multiply" else remainder + quotient
        return ops.where(ops.expand_dims(ops.not_equal(ids, 0), -1), vectors, ops.zeros_like(vectors))

    def _rows(self, table: keras.layers.Embedding, ids: Any) -> Any:
        return ops.cast(table_rows(table.embeddings, ids), self.compute_dtype)

    def compute_output_spec(self, ids: Any) -> keras.KerasTensor:
        return keras.KerasTensor((*ids.shape, self.dim), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "dim": self.dim,
            "buckets": self.buckets,
            "operation": self.operation,
        }


def quotient_remainder(
    vocabulary_size: int,
    dim: int,
    buckets: int | None = None,
    operation: str = "multiply",
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes an encoder of ids of which there are too many for a row each.

    Args:
        vocabulary_size: number of ids, 0 (absent) included.
        dim: width of a vector.
        buckets: rows of the remainders' table; None takes the square root of `vocabulary_size`.
        operation: how the two rows become one vector, "multiply" or "add".
        return_sequence: whether to answer with a vector for each id.
        name: prefix of the layers' names.

    Returns:
        A callable that maps ids (batch, ids), 0 = absent, to the mean of their vectors (batch, dim), or with
        `return_sequence` to (batch, ids, dim). No id, or one that is 0, gives zeros.

    Raises:
        ValueError: if a size is not positive or `operation` none of the two.

    Example:
        >>> quotient_remainder(1_000_000, 16)(keras.Input((3,), dtype="int32")).shape
        (None, 16)

    Reference:
        Shi 2020, arXiv:1909.02107, section 3 (the quotient-remainder trick).
    """
    embed = QuotientRemainderEmbedding(vocabulary_size, dim, buckets, operation, name=prefixed(name, "embedding"))
    return each_or_mean(embed, return_sequence, name)
