"""Ids of any number in a table of few rows: each is hashed to its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.each_or_mean import each_or_mean
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.word_embedding import WordEmbedding


def hash_of(ids: Any, seed: int = 0) -> Any:
    """Mixes whole numbers so that neighbours come to lie anywhere; the same in every process and on every backend.

    Args:
        ids: int32, any shape.
        seed: another seed, another hash.

    Returns:
        int32 from 0 to 2^31 - 1, of the shape of `ids`.

    Example:
        >>> hash_of(np.int32([1, 2]))
        [1364076727, 821347078]

    Reference:
        The 32-bit finaliser of MurmurHash3 (Appleby, public domain), its sign bit dropped.
    """
    # As int32: the products wrap around just as unsigned ones do, and every backend and device has them. A shift
    # right carries the sign along, which the mask takes away.
    mixed = ops.bitwise_xor(ids, _signed(seed * 0x9E3779B1))
    mixed = ops.bitwise_xor(mixed, ops.bitwise_and(ops.right_shift(mixed, 16), 0xFFFF))
    mixed = mixed * _signed(0x85EBCA6B)
    mixed = ops.bitwise_xor(mixed, ops.bitwise_and(ops.right_shift(mixed, 13), 0x7FFFF))
    mixed = mixed * _signed(0xC2B2AE35)
    mixed = ops.bitwise_xor(mixed, ops.bitwise_and(ops.right_shift(mixed, 16), 0xFFFF))
    return ops.bitwise_and(mixed, 0x7FFFFFFF)


def _signed(number: int) -> int:
    return (number + 2**31) % 2**32 - 2**31


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class HashedIds(keras.Layer):
    """Gives each id a row from 1 to `buckets` - 1 by its hash; 0, which is absent, stays 0.

    Args:
        buckets: rows of the table, row 0 included.
        seed: another seed, other collisions.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> HashedIds(100)(np.int32([[0, 7, 123456789]]))
    """

    def __init__(self, buckets: int, seed: int = 0, **kwargs: Any):
        super().__init__(**kwargs)
        if buckets < 2:
            raise ValueError(f"buckets counts row 0 and must be at least 2; received {buckets!r}.")
        self.buckets = int(buckets)
        self.seed = int(seed)

    def call(self, ids: Any) -> Any:
        rows = 1 + ops.mod(hash_of(ids, self.seed), self.buckets - 1)
        return ops.where(ops.equal(ids, 0), ops.zeros_like(ids), rows)

    def compute_output_spec(self, ids: Any) -> keras.KerasTensor:
        if keras.backend.standardize_dtype(ids.dtype) != "int32":
            raise ValueError(f"HashedIds takes int32 ids; received {keras.backend.standardize_dtype(ids.dtype)}.")
        return keras.KerasTensor(ids.shape, dtype="int32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "buckets": self.buckets, "seed": self.seed}


def hashed_embedding(
    buckets: int, dim: int, seed: int = 0, return_sequence: bool = False, name: str | None = None
) -> Callable[[Any], Any]:
    """Makes an encoder of ids without a vocabulary: the vector of an id is the row of a table that its hash names.

    Ids that no training record had find a row as well. Two ids may share a row; of n ids a share of about
    n / `buckets` does.

    Args:
        buckets: rows of the table, row 0 (absent) included.
        dim: width of a vector.
        seed: another seed, other collisions.
        return_sequence: whether to answer with a vector for each id.
        name: prefix of the layers' names.

    Returns:
        A callable that maps int32 ids (batch, ids), 0 = absent, to the mean of their vectors (batch, dim), or with
        `return_sequence` to (batch, ids, dim). No id, or one that is 0, gives zeros.

    Raises:
        ValueError: if `buckets` is below 2, or the ids are not int32.

    Example:
        >>> hashed_embedding(1000, 16)(keras.Input((3,), dtype="int32")).shape
        (None, 16)

    Reference:
        Weinberger 2009, arXiv:0902.2206 (the hashing trick).
    """
    hash_ids = HashedIds(buckets, seed, name=prefixed(name, "hash"))
    embed = WordEmbedding(buckets, dim, name=prefixed(name, "embedding"))
    return each_or_mean(lambda ids: embed(hash_ids(ids)), return_sequence, name)
