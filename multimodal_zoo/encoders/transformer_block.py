"""One block of a Transformer, whose tokens attend to themselves or to others, and such blocks after each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_attention import MaskedAttention
from multimodal_zoo.encoders.recomputed import recomputed

ACTIVATIONS = ("gelu", "reglu", "relu")


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class TransformerBlock(keras.layers.Layer):
    """One pre-norm block: x + attention(norm(x), norm'(y)), then x + feed_forward(norm(x)).

    Called as `block(x, there=there)` it is self-attention, y = x under one norm; as `block(x, y, there)` it is
    cross-attention, y under a norm of its own. `there` (batch, steps of y) is false or 0 where a token of y is not
    there, so ids will do, 0 = padding; without it all are. Tokens of x that are not there get answers that mean
    nothing and that nobody may read.

    While `recomputes` is set, a training step keeps of a block only what it was given, see `recomputed`: less memory,
    more time, the same numbers.

    Args:
        heads: attention heads; they need not divide the width.
        feed_forward: units of the hidden layer of the feed-forward part.
        dropout: share dropped of the attention weights and of what either part adds, in [0, 1).
        activation: of the hidden layer: "gelu", "relu", or "reglu" for relu(a) * b of twice the units [a; b].
        norm_first: whether x, and y, are normalised before the attention.
        attention_bias: whether the maps of attention have biases; without, nothing to attend to adds exactly nothing.
        causal: whether token i attends only to the first i of y, itself included.
        last_only: whether only the last token gets an answer, (batch, 1, dim), the one it would have among all:
            what reads no other need not wait for the others.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> TransformerBlock(4, 256)(words, there=ids)           # (batch, n, dim), (batch, n) -> as words
        >>> TransformerBlock(4, 256)(words, regions, there)      # (batch, n, dim), (batch, m, width), (batch, m)

    Reference:
        Vaswani 2017, arXiv:1706.03762, section 3.1; Xiong 2020, arXiv:2002.04745 (norm before, not after);
        Shazeer 2020, arXiv:2002.05202, section 2 (ReGLU).
    """

    recomputes = False

    def __init__(
        self,
        heads: int,
        feed_forward: int,
        dropout: float = 0.0,
        activation: str = "gelu",
        norm_first: bool = True,
        attention_bias: bool = False,
        causal: bool = False,
        last_only: bool = False,
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
        self.attention_bias = bool(attention_bias)
        self.causal = bool(causal)
        self.last_only = bool(last_only)

    def build(self, tokens_shape: tuple, context_shape: tuple | None = None, there_shape: tuple | None = None) -> None:
        policy, dim = self.dtype_policy, tokens_shape[-1]
        self.attention = MaskedAttention(
            self.heads,
            self.dropout,
            use_bias=self.attention_bias,
            # The last token attends to all.
            causal=self.causal and not self.last_only,
            dtype=policy,
            name="attention",
        )
        self.attention.build(tokens_shape, context_shape or tokens_shape)
        norms = {"feed_forward_norm": tokens_shape}
        if self.norm_first:
            norms["attention_norm"] = tokens_shape
        if self.norm_first and context_shape is not None:
            norms["context_norm"] = context_shape
        for name, shape in norms.items():
            norm = keras.layers.LayerNormalization(dtype=policy, name=name)
            norm.build(shape)
            setattr(self, name, norm)
        gated = self.activation == "reglu"
        self.widen = keras.layers.Dense(
            2 * self.feed_forward if gated else self.feed_forward,
            activation=None if gated else self.activation,
            dtype=policy,
            name="widen",
        )
        self.widen.build(tokens_shape)
        self.narrow = keras.layers.Dense(dim, dtype=policy, name="narrow")
        self.narrow.build((*tokens_shape[:-1], self.feed_forward))
        self.drop = keras.layers.Dropout(self.dropout, dtype=policy, name="drop")

    def call(self, tokens: Any, context: Any = None, there: Any = None, training: bool | None = None) -> Any:
        if not (self.recomputes and training):
            return self.answer(tokens, context, there, training)
        generators = [drop.seed_generator for drop in (self.drop, self.attention.drop) if drop.rate]
        if context is None:
            return recomputed(lambda own: self.answer(own, None, there, training), [tokens], generators)
        return recomputed(lambda own, others: self.answer(own, others, there, training), [tokens, context], generators)

    def answer(self, tokens: Any, context: Any, there: Any, training: bool | None) -> Any:
        """The two parts of the block; arguments as of the block."""
        asking = self.attention_norm(tokens) if self.norm_first else tokens
        if context is None:
            context = asking
        elif self.norm_first:
            context = self.context_norm(context)
        if self.last_only:
            tokens, asking = tokens[:, -1:], asking[:, -1:]
        tokens = tokens + self.drop(self.attention(asking, context, there, training=training), training=training)
        return tokens + self.drop(self.narrow(self.hidden(self.feed_forward_norm(tokens))), training=training)

    def hidden(self, tokens: Any) -> Any:
        """The hidden layer of the feed-forward part, gated or not."""
        hidden = self.widen(tokens)
        if self.activation != "reglu":
            return hidden
        rectified, factor = ops.split(hidden, 2, axis=-1)
        return ops.relu(rectified) * factor

    def compute_output_shape(
        self, tokens_shape: tuple, context_shape: tuple | None = None, there_shape: tuple | None = None
    ) -> tuple:
        return (tokens_shape[0], 1, tokens_shape[2]) if self.last_only else tokens_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "feed_forward": self.feed_forward,
            "dropout": self.dropout,
            "activation": self.activation,
            "norm_first": self.norm_first,
            "attention_bias": self.attention_bias,
            "causal": self.causal,
            "last_only": self.last_only,
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
        TransformerBlock(heads, feed_forward, dropout, attention_bias=True, name=prefixed(name, f"block_{index}"))
        for index in range(1, layers + 1)
    ]
    normalize = keras.layers.LayerNormalization(name=prefixed(name, "norm"))

    def call(vectors: Any, ids: Any = None) -> Any:
        if drop is not None:
            vectors = drop(vectors)
        for block in blocks:
            vectors = block(vectors) if ids is None else block(vectors, there=ids)
        return normalize(vectors)

    return call
