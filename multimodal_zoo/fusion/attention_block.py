"""One block of a Transformer whose tokens attend to themselves or to others."""

from __future__ import annotations

from typing import Any

import keras

from multimodal_zoo.fusion.masked_attention import MaskedAttention


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class AttentionBlock(keras.layers.Layer):
    """One pre-norm block: x + attention(norm(x), norm'(y)), then x + feed_forward(norm(x)).

    Called as `block(x, there=there)` it is self-attention, y = x under one norm; as `block(x, y, there)` it
    is cross-attention, y under a norm of its own. `there` tells which tokens of y are there; those of x that
    are not give answers that mean nothing and that nobody may read.

    Args:
        heads: attention heads.
        feed_forward: units of the hidden layer (GELU) of the feed-forward part.
        dropout: share dropped of the attention weights and of what either part adds, in [0, 1).
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> AttentionBlock(4, 256)(words, regions, there)   # (batch, n, dim), (batch, m, width), (batch, m)

    Reference:
        Vaswani 2017, arXiv:1706.03762, section 3.1; Xiong 2020, arXiv:2002.04745 (norm before, not after).
    """

    def __init__(self, heads: int, feed_forward: int, dropout: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.heads = int(heads)
        self.feed_forward = int(feed_forward)
        self.dropout = float(dropout)

    def build(self, tokens_shape: tuple, context_shape: tuple | None = None, there_shape: tuple | None = None) -> None:
        policy, dim = self.dtype_policy, tokens_shape[-1]
        self.attention = MaskedAttention(self.heads, self.dropout, dtype=policy, name="attention")
        self.attention.build(tokens_shape, context_shape or tokens_shape)
        norms = {"attention_norm": tokens_shape, "feed_forward_norm": tokens_shape}
        if context_shape is not None:
            norms["context_norm"] = context_shape
        for name, shape in norms.items():
            norm = keras.layers.LayerNormalization(dtype=policy, name=name)
            norm.build(shape)
            setattr(self, name, norm)
        self.widen = keras.layers.Dense(self.feed_forward, activation="gelu", dtype=policy, name="widen")
        self.widen.build(tokens_shape)
        self.narrow = keras.layers.Dense(dim, dtype=policy, name="narrow")
        self.narrow.build((*tokens_shape[:-1], self.feed_forward))
        self.drop = keras.layers.Dropout(self.dropout, dtype=policy, name="drop")

    def call(self, tokens: Any, context: Any = None, there: Any = None) -> Any:
        normed = self.attention_norm(tokens)
        heard = self.attention(normed, normed if context is None else self.context_norm(context), there)
        tokens = tokens + self.drop(heard)
        return tokens + self.drop(self.narrow(self.widen(self.feed_forward_norm(tokens))))

    def compute_output_shape(
        self, tokens_shape: tuple, context_shape: tuple | None = None, there_shape: tuple | None = None
    ) -> tuple:
        return tokens_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "feed_forward": self.feed_forward,
            "dropout": self.dropout,
        }
