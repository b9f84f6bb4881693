"""Attention of tokens to other tokens, exact also where there are none."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.masked_softmax import masked_softmax


def split_heads(tokens: Any, heads: int) -> Any:
    """Cuts the width of tokens into heads.

    Args:
        tokens: (batch, steps, heads * width).
        heads: their number.

    Returns:
        (batch, heads, steps, width).

    Example:
        >>> split_heads(np.array([[[1., 2.]]]), 2)
        [[[[1.]], [[2.]]]]
    """
    shape = (-1, ops.shape(tokens)[1], heads, tokens.shape[-1] // heads)
    return ops.transpose(ops.reshape(tokens, shape), (0, 2, 1, 3))


def join_heads(tokens: Any) -> Any:
    """Puts the heads side by side again, the inverse of `split_heads`.

    Args:
        tokens: (batch, heads, steps, width).

    Returns:
        (batch, steps, heads * width).

    Example:
        >>> join_heads(np.array([[[[1.]], [[2.]]]]))
        [[[1., 2.]]]
    """
    shape = (-1, ops.shape(tokens)[2], tokens.shape[1] * tokens.shape[3])
    return ops.reshape(ops.transpose(tokens, (0, 2, 1, 3)), shape)


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MaskedAttention(keras.layers.Layer):
    """Multi-head attention of tokens to a context.

    head_h = softmax(X W_h^Q (Y W_h^K)^T / sqrt(d)) Y W_h^V;  answer = [head_1; ...; head_H] W^O.

    Without biases the answer is exactly zero where there is nothing to attend to. With them, queries, values and the
    answer have one each; one of the keys would add the same to all scores of a query, which the softmax takes out
    again. Scores and softmax are float32 in any precision: products of large numbers stay finite.

    Called with tokens (batch, n, width), context (batch, m, any width) and `there` (batch, m), false or 0 where a
    token of the context is not there, or without it where all are; returns (batch, n, dim).

    Args:
        heads: number of heads; they need not divide the width, each is ceil(dim / heads) wide.
        dropout: share dropped of the attention weights, in [0, 1).
        dim: width of the answer; None takes that of the tokens.
        use_bias: whether queries, values and the answer have biases, as in most code, or not, as in the paper.
        causal: whether token i attends only to the first i of the context, itself included.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> MaskedAttention(4)(words, regions, there)   # (batch, n, dim), (batch, m, width), (batch, m)

    Reference:
        Vaswani 2017, arXiv:1706.03762, sections 3.2.1 and 3.2.2.
    """

    def __init__(
        self,
        heads: int,
        dropout: float = 0.0,
        dim: int | None = None,
        use_bias: bool = False,
        causal: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.heads = int(heads)
        self.dropout = float(dropout)
        self.dim = dim
        self.use_bias = bool(use_bias)
        self.causal = bool(causal)

    def build(self, tokens_shape: tuple, context_shape: tuple, there_shape: tuple | None = None) -> None:
        dim = self.dim or tokens_shape[-1]
        inner = self.heads * -(-dim // self.heads)
        self.query, self.key, self.value, self.output_projection = (
            keras.layers.Dense(width, use_bias=use_bias, dtype=self.dtype_policy, name=name)
            for name, width, use_bias in (
                ("query", inner, self.use_bias),
                ("key", inner, False),
                ("value", inner, self.use_bias),
                ("output", dim, self.use_bias),
            )
        )
        self.drop = keras.layers.Dropout(self.dropout, dtype=self.dtype_policy, name="drop")
        self.query.build(tokens_shape)
        self.key.build(context_shape)
        self.value.build(context_shape)
        self.output_projection.build((*tokens_shape[:-1], inner))

    def call(self, tokens: Any, context: Any, there: Any = None, training: bool | None = None) -> Any:
        weights = self.attention_weights(tokens, context, there)
        value = split_heads(self.value(context), self.heads)
        heard = ops.matmul(self.drop(ops.cast(weights, value.dtype), training=training), value)
        return self.output_projection(join_heads(heard))

    def attention_weights(self, tokens: Any, context: Any, there: Any = None) -> Any:
        """How much each token attends to each of the context, float32 (batch, heads, n, m); called as the layer."""
        query, key = (
            ops.cast(split_heads(project(content), self.heads), "float32")
            for project, content in ((self.query, tokens), (self.key, context))
        )
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) / query.shape[-1] ** 0.5
        return masked_softmax(scores, self.may_attend(scores, there))

    def may_attend(self, scores: Any, there: Any) -> Any:
        """Which token may attend to which, boolean, to be broadcast to the scores; None: each to all."""
        seen = None if there is None else ops.cast(there, "bool")[:, None, None, :]
        if not self.causal:
            return seen
        queries, keys = (ops.arange(ops.shape(scores)[axis]) for axis in (2, 3))
        past = (ops.expand_dims(keys, 0) <= ops.expand_dims(queries, 1))[None, None]
        return past if seen is None else ops.logical_and(past, seen)

    def compute_output_shape(
        self, tokens_shape: tuple, context_shape: tuple, there_shape: tuple | None = None
    ) -> tuple:
        return (*tokens_shape[:-1], self.dim or tokens_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "heads": self.heads,
            "dropout": self.dropout,
            "dim": self.dim,
            "use_bias": self.use_bias,
            "causal": self.causal,
        }
