"""Word vectors in which padding is the zero vector."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.table_placement import PlacedTable
from multimodal_zoo.encoders.table_rows import rows_at_once, table_rows


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class WordEmbedding(PlacedTable):
    """An embedding whose id 0 gives the zero vector exactly, and passes no gradient.

    A convolution then sees past the last word what it sees past the edge of the text, so that how far a text
    was padded cannot change what its words give.

    On TensorFlow a lookup costs the same in a table of a thousand rows and of a hundred million; see `table_rows`. In
    training it is one operation where `multimodal-zoo compile` was called.

    Args:
        vocabulary_size: rows of the table, ids 0 (padding) and 1 (unknown) included.
        dim: width of a word vector.
        **kwargs: arguments of `keras.layers.Embedding`.

    Example:
        >>> WordEmbedding(1000, 64)(ids)    # (batch, length) -> (batch, length, 64)
    """

    def __init__(self, vocabulary_size: int, dim: int, **kwargs: Any):
        super().__init__(vocabulary_size, dim, **kwargs)

    def call(self, ids: Any, training: bool = False) -> Any:
        # With low-rank additions, or quantised, the table is not one weight.
        if self.lora_enabled or self.quantization_mode:
            vectors = super().call(ids)
        else:
            ids = ids if keras.backend.standardize_dtype(ids.dtype) in ("int32", "int64") else ops.cast(ids, "int32")
            rows = rows_at_once(self._embeddings, ids) if training else None
            if rows is not None:
                return ops.cast(rows, self.compute_dtype)
            vectors = ops.cast(table_rows(self._embeddings, ids), self.compute_dtype)
        return ops.where(ops.expand_dims(ops.not_equal(ids, 0), -1), vectors, ops.zeros_like(vectors))

    def compute_output_spec(self, ids: Any, training: bool = False) -> Any:
        return super().compute_output_spec(ids)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config["vocabulary_size"] = config.pop("input_dim")
        config["dim"] = config.pop("output_dim")
        return config
