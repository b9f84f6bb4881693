"""Text by a small Transformer encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_mean import MaskedMean
from multimodal_zoo.encoders.transformer_block import transformer_blocks
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.encoders.word_order import FrontAligned

POSITIONS = ("sinusoidal", "learned")


def sinusoidal_positions(length: int, dim: int) -> np.ndarray:
    """Position vectors: sin(t / 10000^(2i / dim)) at place 2i, the cosine of the same at place 2i + 1.

    Args:
        length: number of positions.
        dim: width of a vector.

    Returns:
        float32 (length, dim).

    Example:
        >>> sinusoidal_positions(1, 4)
        [[0., 1., 0., 1.]]

    Reference:
        Vaswani 2017, arXiv:1706.03762, section 3.5.
    """
    angles = np.arange(length)[:, None] / 10000.0 ** (np.arange(0, dim, 2)[None, :] / dim)
    vectors = np.zeros((length, dim), dtype="float32")
    vectors[:, 0::2] = np.sin(angles)
    vectors[:, 1::2] = np.cos(angles)[:, : dim // 2]
    return vectors


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class AddPositions(keras.Layer):
    """Adds to each word vector a vector of its place, sinusoidal or learned.

    Args:
        positions: "sinusoidal" or "learned".
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> AddPositions("learned")(vectors)    # (batch, length, dim) -> the same
    """

    def __init__(self, positions: str = "sinusoidal", **kwargs: Any):
        super().__init__(**kwargs)
        if positions not in POSITIONS:
            raise ValueError(f"positions must be one of {', '.join(POSITIONS)}; received {positions!r}.")
        self.positions = positions

    def build(self, vectors_shape: tuple) -> None:
        length, dim = vectors_shape[1:]
        if length is None:
            raise ValueError("AddPositions needs texts of a fixed length; received vectors of unknown length.")
        if self.positions == "learned":
            self.place_vectors = self.add_weight(
                shape=(length, dim),
                initializer=keras.initializers.RandomNormal(stddev=0.02),
                name="place_vectors",
            )

    def call(self, vectors: Any) -> Any:
        if self.positions == "learned":
            return vectors + ops.cast(self.place_vectors, vectors.dtype)
        return vectors + ops.cast(sinusoidal_positions(*vectors.shape[1:]), vectors.dtype)

    def compute_output_shape(self, vectors_shape: tuple) -> tuple:
        return vectors_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "positions": self.positions}


def transformer(
    vocabulary_size: int,
    dim: int = 64,
    heads: int = 4,
    layers: int = 2,
    feed_forward: int = 128,
    positions: str = "sinusoidal",
    dropout: float = 0.0,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a text encoder: word and place vectors, pre-norm Transformer blocks, and the mean over the words.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        dim: width of a word vector and of the answer, a multiple of `heads`.
        heads: attention heads.
        layers: number of blocks.
        feed_forward: hidden units of the feed-forward parts.
        positions: "sinusoidal" or "learned".
        dropout: share dropped of the vectors, the attention weights and what each part adds, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps ids (batch, length), 0 = padding, to (batch, dim). Where the padding stands, and
        how much there is, makes no difference; without any word the answer is zeros.

    Raises:
        ValueError: if `dim` is no multiple of `heads`, or `positions` is none of the two.

    Example:
        >>> transformer(8000)(keras.Input((60,), dtype="int32")).shape
        (None, 64)

    Reference:
        Vaswani 2017, arXiv:1706.03762, sections 3.1 to 3.5.
    """
    if dim % heads:
        raise ValueError(f"dim must be a multiple of heads; received dim={dim}, heads={heads}.")
    align = FrontAligned(name=prefixed(name, "front_aligned"))
    embed = WordEmbedding(vocabulary_size, dim, name=prefixed(name, "embedding"))
    place = AddPositions(positions, name=prefixed(name, "positions"))
    think = transformer_blocks(heads, layers, feed_forward, dropout, name)
    average = MaskedMean(name=prefixed(name, "mean"))

    def call(ids: Any) -> Any:
        ids = align(ids)
        return average(think(place(embed(ids)), ids), ids)

    return call
