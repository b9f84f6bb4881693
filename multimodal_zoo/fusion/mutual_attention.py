"""Vectors of one width that attend to each other before they are joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.transformer_block import TransformerBlock


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MutualAttention(keras.Layer):
    """One Transformer block whose tokens are the encodings; each comes out as what it is and what it heard.

    Absent encodings are attended to by none and come out as zeros, so removing one gives what the same weights give
    for the others alone.

    Called on a dict of encodings (batch, width), all of one width, and presence (batch, encodings) or None, returns
    the dict.

    Args:
        heads: attention heads.
        feed_forward: hidden units of the feed-forward part; None takes four times the width.
        dropout: share dropped of the attention weights and of what each part adds, in [0, 1).
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if the encodings are not vectors of one width.

    Example:
        >>> encodings = MutualAttention(heads=2)({"text": text, "audio": audio}, presence=presence)

    Reference:
        Vaswani 2017, arXiv:1706.03762, section 3.1; over representations of modalities: Hazarika 2020 (MISA),
        arXiv:2005.03545, section 3.4.
    """

    def __init__(self, heads: int = 4, feed_forward: int | None = None, dropout: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.heads, self.feed_forward, self.dropout = int(heads), feed_forward, float(dropout)

    def get_config(self) -> dict[str, Any]:
        own = {"heads": self.heads, "feed_forward": self.feed_forward, "dropout": self.dropout}
        return {**super().get_config(), **own}

    def build(self, encodings_shape: Mapping[str, tuple], presence_shape: tuple | None = None) -> None:
        shapes = {name: tuple(shape) for name, shape in encodings_shape.items()}
        if any(len(shape) != 2 for shape in shapes.values()) or len({shape[1] for shape in shapes.values()}) != 1:
            raise ValueError(f"MutualAttention takes encodings (batch, width), all of one width; received {shapes}.")
        width = next(iter(shapes.values()))[1]
        self.block = TransformerBlock(
            self.heads, self.feed_forward or 4 * width, self.dropout, dtype=self.dtype_policy, name="block"
        )
        self.block.build((None, len(shapes), width))

    def call(self, encodings: Mapping[str, Any], presence: Any = None) -> dict[str, Any]:
        tokens = ops.cast(ops.stack(list(encodings.values()), axis=1), self.compute_dtype)
        if presence is None:
            heard = self.block(tokens)
        else:
            there = presence > 0.5
            tokens = ops.where(there[:, :, None], tokens, ops.zeros_like(tokens))
            heard = self.block(tokens, there=there)
            heard = ops.where(there[:, :, None], heard, ops.zeros_like(heard))
        return {name: heard[:, place] for place, name in enumerate(encodings)}

    def compute_output_spec(self, encodings: Mapping[str, Any], presence: Any = None) -> dict[str, Any]:
        return {name: keras.KerasTensor(one.shape, dtype=self.compute_dtype) for name, one in encodings.items()}
