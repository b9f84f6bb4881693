"""Ids in order of frequency: wide vectors for the frequent ones, narrow for the many seldom ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.each_or_mean import each_or_mean
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.table_rows import table_rows


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MixedDimensionEmbedding(keras.Layer):
    """Blocks of ids, each with a table of its own width and a linear map from there to `dim`.

    The vocabularies of this package are in order of frequency, so a block of ids is one of about the same frequency.
    The first block has the full width and no map. Id 0 gives the zero vector.

    Args:
        vocabulary_size: number of ids, 0 (absent) included.
        dim: width of a vector.
        blocks: the first id of each block behind the first, ascending, such as (1000, 50_000).
        shrink: how many times narrower each block is than the one before; no table is narrower than 1.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> MixedDimensionEmbedding(1_000_000, 16, (1000, 50_000))(ids)    # (batch, ids) -> (batch, ids, 16)
    """

    def __init__(self, vocabulary_size: int, dim: int, blocks: Sequence[int], shrink: int = 4, **kwargs: Any):
        super().__init__(**kwargs)
        edges = [0, *blocks, vocabulary_size]
        if dim < 1 or shrink < 1 or any(late <= early for early, late in zip(edges, edges[1:], strict=False)):
            raise ValueError(
                "dim and shrink must be positive, and blocks ascend between 0 and vocabulary_size; received "
                f"dim={dim!r}, shrink={shrink!r}, blocks={tuple(blocks)!r}, vocabulary_size={vocabulary_size!r}."
            )
        self.vocabulary_size, self.dim, self.shrink = int(vocabulary_size), int(dim), int(shrink)
        self.blocks = tuple(int(block) for block in blocks)
        self.edges = edges
        self.widths = [max(1, dim // shrink**block) for block in range(len(edges) - 1)]
        self.tables = [
            keras.layers.Embedding(late - early, width, dtype=self.dtype_policy, name=f"block_{number}")
            for number, (early, late, width) in enumerate(zip(edges, edges[1:], self.widths, strict=False))
        ]
        self.maps = [
            keras.layers.Dense(dim, use_bias=False, dtype=self.dtype_policy, name=f"map_{number}")
            for number in range(1, len(self.tables))
        ]

    def build(self, ids_shape: tuple) -> None:
        for table in self.tables:
            table.build(ids_shape)
        for widen, width in zip(self.maps, self.widths[1:], strict=True):
            widen.build((*ids_shape, width))

    def call(self, ids: Any) -> Any:
        vectors = self._of_block(0, ids)
        for number in range(1, len(self.tables)):
            vectors = vectors + self._of_block(number, ids)
        return vectors

    def _of_block(self, number: int, ids: Any) -> Any:
        """The vectors of the ids of one block, zeros for those of the others."""
        early, late = self.edges[number], self.edges[number + 1]
        inside = ops.logical_and(ops.greater_equal(ids, max(1, early)), ops.less(ids, late))
        # Every id needs some row to be read: those of other blocks read one that then does not count.
        rows = table_rows(self.tables[number].embeddings, ops.where(inside, ids - early, ops.zeros_like(ids)))
        rows = ops.cast(rows, self.compute_dtype)
        rows = ops.where(ops.expand_dims(inside, -1), rows, ops.zeros_like(rows))
        return rows if number == 0 else self.maps[number - 1](rows)

    def compute_output_spec(self, ids: Any) -> keras.KerasTensor:
        return keras.KerasTensor((*ids.shape, self.dim), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "dim": self.dim,
            "blocks": self.blocks,
            "shrink": self.shrink,
        }


def mixed_dimensions(
    vocabulary_size: int,
    dim: int,
    blocks: Sequence[int],
    shrink: int = 4,
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes an encoder of ids whose seldom ones take less room.

    Args:
        vocabulary_size: number of ids, 0 (absent) included.
        dim: width of a vector.
        blocks: the first id of each block behind the first, ascending; ids are in order of frequency.
        shrink: how many times narrower the table of each block is than that of the one before.
        return_sequence: whether to answer with a vector for each id.
        name: prefix of the layers' names.

    Returns:
        A callable that maps ids (batch, ids), 0 = absent, to the mean of their vectors (batch, dim), or with
        `return_sequence` to (batch, ids, dim). No id, or one that is 0, gives zeros.

    Raises:
        ValueError: if a size is not positive, or the blocks do not ascend between 0 and `vocabulary_size`.

    Example:
        >>> mixed_dimensions(1_000_000, 16, (1000, 50_000))(keras.Input((3,), dtype="int32")).shape
        (None, 16)

    Reference:
        Ginart 2019, arXiv:1909.11810, section 3 (mixed dimension embeddings; blocks by popularity).
    """
    embed = MixedDimensionEmbedding(vocabulary_size, dim, blocks, shrink, name=prefixed(name, "embedding"))
    return each_or_mean(embed, return_sequence, name)
