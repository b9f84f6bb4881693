"""A history by causal self-attention, read at its newest step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.transformer import AddPositions
from multimodal_zoo.encoders.transformer_block import TransformerBlock
from multimodal_zoo.encoders.word_order import front_aligned


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class BackAligned(keras.Layer):
    """Moves the ids of each row to its end, in their order, and the padding before them.

    The newest step then always has the same place.

    Example:
        >>> BackAligned()(np.array([[5, 7, 0, 0]]))
        [[0, 0, 5, 7]]
    """

    def call(self, ids: Any) -> Any:
        return ops.flip(front_aligned(ops.flip(ids, axis=1)), axis=1)

    def compute_output_spec(self, ids: Any) -> keras.KerasTensor:
        return keras.KerasTensor(ids.shape, dtype=ids.dtype)


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class NewestState(keras.Layer):
    """Picks the last state of back-aligned rows, or the only one that was computed; zeros where a row has no id.

    Called with states (batch, steps or 1, dim) and back-aligned ids (batch, steps), returns (batch, dim).

    Example:
        >>> NewestState()(np.array([[[1.], [2.]], [[1.], [2.]]]), np.array([[0, 5], [0, 0]]))
        [[2.], [0.]]
    """

    def call(self, states: Any, ids: Any) -> Any:
        newest = states[:, -1]
        return ops.where(ops.not_equal(ids[:, -1:], 0), newest, ops.zeros_like(newest))

    def compute_output_shape(self, states_shape: tuple, ids_shape: tuple) -> tuple:
        return (states_shape[0], states_shape[2])


def self_attentive_history(
    dim: int, heads: int = 1, layers: int = 2, dropout: float = 0.0, name: str | None = "history"
) -> Callable[[Any, Callable[[Any], Any]], Any]:
    """Makes an encoder of a history: its vectors and their places, causal Transformer blocks, the newest state.

    Places are counted from the newest step and learned; a step attends to itself and to older ones.

    Args:
        dim: width of the vectors, a multiple of `heads`.
        heads: attention heads.
        layers: number of blocks.
        dropout: share dropped of the vectors, of the attention weights and of what each part adds, in [0, 1).
        name: prefix of the layers' names.

    Returns:
        A callable `(ids, embed)`: ids (batch, steps), oldest first, 0 = padding, and the layer that maps them to
        vectors (batch, steps, dim), zeros for id 0; to (batch, dim). Where the padding stands makes no difference;
        without any step the answer is zeros.

    Raises:
        ValueError: if `dim` is no multiple of `heads`, or there are no layers.

    Example:
        >>> state = self_attentive_history(32)(history, WordEmbedding(2000, 32))

    Reference:
        Kang and McAuley 2018, arXiv:1808.09781, sections 3.1 to 3.3.
    """
    if dim % heads or layers < 1:
        raise ValueError(
            "dim must be a multiple of heads, and layers positive; "
            f"received dim={dim!r}, heads={heads!r}, layers={layers!r}."
        )
    align = BackAligned(name=prefixed(name, "back_aligned"))
    # As in Vaswani 2017, section 3.4: so that the places do not drown the items.
    scale = keras.layers.Rescaling(dim**0.5, name=prefixed(name, "scaled"))
    place = AddPositions("learned", name=prefixed(name, "places"))
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None
    blocks = [
        TransformerBlock(
            heads,
            dim,
            dropout,
            activation="relu",
            attention_bias=True,
            causal=True,
            last_only=number == layers,
            name=prefixed(name, f"block_{number}"),
        )
        for number in range(1, layers + 1)
    ]
    normalize = keras.layers.LayerNormalization(name=prefixed(name, "norm"))
    newest = NewestState(name=prefixed(name, "newest"))

    def call(ids: Any, embed: Callable[[Any], Any]) -> Any:
        ids = align(ids)
        vectors = place(scale(embed(ids)))
        if drop is not None:
            vectors = drop(vectors)
        for block in blocks:
            vectors = block(vectors, there=ids)
        return newest(normalize(vectors), ids)

    return call
