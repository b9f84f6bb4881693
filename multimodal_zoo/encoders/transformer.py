"""Text by a small Transformer encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_mean import MaskedMean
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.encoders.word_order import FrontAligned

POSITIONS = ("sinusoidal", "learned")
ACTIVATIONS = ("gelu", "reglu", "relu")


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


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class TransformerBlock(keras.Layer):
    """One pre-norm block: x + attention(norm(x)), then x + feed_forward(norm(x)). Padding is not attended to.

    Args:
        heads: attention heads; their width is the width of x divided by their number.
        feed_forward: units of the hidden layer of the feed-forward part.
        dropout: share dropped of attention weights and of what either part adds, 0 to 1.
        activation: of the hidden layer: "gelu", "relu", or "reglu" for relu(a) * b of twice the units [a; b].
        norm_first: whether x is normalised before the attention.
        causal: whether a vector attends only to itself and to those before it.
        **kwargs: arguments of `keras.Layer`.

    Called with vectors (batch, length, dim) and ids (batch, length), 0 = padding, or without ids where everything
    is there; returns as the vectors.

    Example:
        >>> TransformerBlock(4, 128)(vectors, ids)    # (batch, length, dim), (batch, length) -> as vectors

    Reference:
        Vaswani 2017, arXiv:1706.03762, section 3.1; Xiong 2020, arXiv:2002.04745 (norm before, not after);
        Shazeer 2020, arXiv:2002.05202, equation 6 (ReGLU).
    """

    def __init__(
        self,
        heads: int,
        feed_forward: int,
        dropout: float = 0.0,
        activation: str = "gelu",
        norm_first: bool = True,
        causal: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}; received {activation!r}.")
        self.heads = int(heads)
        self.feed_forward = int(feed_forward)
        self.dropout = float(dropout)
        self.activation = activation
        self.norm_first = bool(norm_first)
        self.causal = bool(causal)

    def build(self, vectors_shape: tuple, ids_shape: tuple | None = None) -> None:
        dim = vectors_shape[-1]
        if dim % self.heads:
            raise ValueError(f"The width must be a multiple of the heads; received dim={dim}, heads={self.heads}.")
        policy = self.dtype_policy
        if self.norm_first:
            self.attention_norm = keras.layers.LayerNormalization(dtype=policy, name="attention_norm")
            self.attention_norm.build(vectors_shape)
        self.attention = keras.layers.MultiHeadAttention(
            self.heads, dim // self.heads, dropout=self.dropout, dtype=policy, name="attention"
        )
        self.feed_forward_norm = keras.layers.LayerNormalization(dtype=policy, name="feed_forward_norm")
        gated = self.activation == "reglu"
        self.widen = keras.layers.Dense(
            2 * self.feed_forward if gated else self.feed_forward,
            activation=None if gated else self.activation,
            dtype=policy,
            name="widen",
        )
        self.narrow = keras.layers.Dense(dim, dtype=policy, name="narrow")
        self.drop = keras.layers.Dropout(self.dropout, dtype=policy, name="drop")
        self.attention.build(vectors_shape, vectors_shape)
        self.feed_forward_norm.build(vectors_shape)
        self.widen.build(vectors_shape)
        self.narrow.build((*vectors_shape[:-1], self.feed_forward))

    def call(self, vectors: Any, ids: Any = None, training: bool = False) -> Any:
        to_words = None if ids is None else ops.expand_dims(ops.not_equal(ids, 0), 1)
        normed = self.attention_norm(vectors) if self.norm_first else vectors
        heard = self.attention(normed, normed, attention_mask=to_words, use_causal_mask=self.causal, training=training)
        vectors = vectors + self.drop(heard, training=training)
        thought = self.narrow(self.hidden(self.feed_forward_norm(vectors)))
        return vectors + self.drop(thought, training=training)

    def hidden(self, vectors: Any) -> Any:
        """The hidden layer of the feed-forward part, gated or not."""
        hidden = self.widen(vectors)
        if self.activation != "reglu":
            return hidden
        rectified, factor = ops.split(hidden, 2, axis=-1)
        return ops.relu(rectified) * factor

    def compute_output_shape(self, vectors_shape: tuple, ids_shape: tuple | None = None) -> tuple:
        return vectors_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "feed_forward": self.feed_forward,
            "dropout": self.dropout,
            "activation": self.activation,
            "norm_first": self.norm_first,
            "causal": self.causal,
        }


def transformer_blocks(
    heads: int, layers: int, feed_forward: int, dropout: float = 0.0, name: str | None = None
) -> Callable[..., Any]:
    """Makes what all the Transformer encoders share: pre-norm blocks and the normalisation behind the last.

    Args:
        heads: attention heads.
        layers: number of blocks.
        feed_forward: hidden units of the feed-forward parts.
        dropout: share dropped of the vectors, the attention weights and what each part adds, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps vectors (batch, length, dim), and ids (batch, length), 0 = padding, where not everything
        is there, to (batch, length, dim).

    Example:
        >>> transformer_blocks(4, 2, 128)(vectors, ids)
    """
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None
    blocks = [
        TransformerBlock(heads, feed_forward, dropout, name=prefixed(name, f"block_{index}"))
        for index in range(1, layers + 1)
    ]
    normalize = keras.layers.LayerNormalization(name=prefixed(name, "norm"))

    def call(vectors: Any, ids: Any = None) -> Any:
        if drop is not None:
            vectors = drop(vectors)
        for block in blocks:
            vectors = block(vectors) if ids is None else block(vectors, ids)
        return normalize(vectors)

    return call


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
