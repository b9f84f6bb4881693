"""Interacting layers: each field attends to all fields and so makes its own combinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.factorization_machine import stacked_fields
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_softmax import masked_softmax


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class InteractingAttention(keras.Layer):
    """One interacting layer. For field m and head h:

    a_mk = softmax over k of <W_Q e_m, W_K e_k>;  f_m = sum_k a_mk W_V e_k;  e'_m = relu([f_m of all heads] + W e_m).

    Called with field vectors (batch, fields, dim), and which fields are there (batch, fields) where some may not be,
    returns (batch, fields, heads * head_dim). A field that is absent is attended to by none, and its answer is zeros.

    Args:
        heads: attention heads.
        head_dim: width of a head.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> InteractingAttention(2, 8)(fields)    # (batch, 7, 16) -> (batch, 7, 16)

    Reference:
        Song 2019, arXiv:1810.11921, equations 5 to 8.
    """

    def __init__(self, heads: int, head_dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        if heads < 1 or head_dim < 1:
            raise ValueError(f"heads and head_dim must be positive; received heads={heads!r}, head_dim={head_dim!r}.")
        self.heads = int(heads)
        self.head_dim = int(head_dim)

    def build(self, vectors_shape: tuple, present_shape: tuple | None = None) -> None:
        dim, width = vectors_shape[-1], self.heads * self.head_dim
        self.query, self.key, self.value, self.residual = (
            self.add_weight(shape=(dim, width), initializer="glorot_uniform", name=name)
            for name in ("query", "key", "value", "residual")
        )

    def call(self, vectors: Any, present: Any = None) -> Any:
        fields = vectors.shape[1]
        query, key, value = (
            ops.reshape(ops.matmul(vectors, kernel), (-1, fields, self.heads, self.head_dim))
            for kernel in (self.query, self.key, self.value)
        )
        # Scores in float32, as the softmax: products of half precision lose what tells fields apart.
        scores = ops.einsum("bmhd,bkhd->bhmk", ops.cast(query, "float32"), ops.cast(key, "float32"))
        there = None if present is None else ops.greater(present, 0.5)
        weights = masked_softmax(scores, None if there is None else there[:, None, None, :])
        heard = ops.einsum("bhmk,bkhd->bmhd", ops.cast(weights, value.dtype), value)
        heard = ops.reshape(heard, (-1, fields, self.heads * self.head_dim))
        answer = ops.relu(heard + ops.matmul(vectors, self.residual))
        return answer if there is None else ops.where(there[:, :, None], answer, ops.zeros_like(answer))

    def compute_output_shape(self, vectors_shape: tuple, present_shape: tuple | None = None) -> tuple:
        return (*vectors_shape[:-1], self.heads * self.head_dim)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads, "head_dim": self.head_dim}


def interacting_attention(
    layers: int = 3, heads: int = 2, head_dim: int = 8, name: str | None = "interacting"
) -> Callable[..., Any]:
    """Makes a stack of interacting layers: after l of them a field holds combinations of up to l + 1 fields and more.

    Args:
        layers: how many, at least 1.
        heads: attention heads of each.
        head_dim: width of a head.
        name: prefix of the layers' names.

    Returns:
        A callable `(vectors, presence=None)`: field vectors (batch, fields, dim) or a dict or list of (batch, dim),
        and (batch, fields) with 1 where a field is there; to (batch, fields * heads * head_dim).

    Raises:
        ValueError: if a number is not positive.

    Example:
        >>> interacting_attention(2, heads=2, head_dim=4)(keras.Input((5, 16))).shape
        (None, 40)

    Reference:
        Song 2019, arXiv:1810.11921, equations 5 to 8.
    """
    if layers < 1:
        raise ValueError(f"At least one interacting layer is needed; received layers={layers!r}.")
    attend = [
        InteractingAttention(heads, head_dim, name=prefixed(name, str(number))) for number in range(1, layers + 1)
    ]
    flatten = keras.layers.Flatten(name=prefixed(name, "side_by_side"))

    def call(vectors: Mapping[str, Any] | Sequence[Any] | Any, presence: Any = None) -> Any:
        fields = stacked_fields(vectors, prefixed(name, "fields"))
        for layer in attend:
            fields = layer(fields) if presence is None else layer(fields, presence)
        return flatten(fields)

    return call
