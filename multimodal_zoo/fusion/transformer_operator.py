"""What the fusion operators made of Transformer blocks have in common: how their blocks look."""

from __future__ import annotations

from typing import Any

import keras

from multimodal_zoo.encoders.transformer_block import TransformerBlock
from multimodal_zoo.fusion.sequence_operator import SequenceFusion


class TransformerFusion(SequenceFusion):
    """A fusion operator over sequences that is made of `TransformerBlock`s.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        layers: how many times its blocks follow each other, at least 1.
        heads: attention heads; they need not divide the width.
        feed_forward: hidden units of the feed-forward parts; None takes four times the width.
        dropout: share dropped of the attention weights and of what each part of a block adds, in [0, 1).
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `layers`, `heads` or `feed_forward` is not positive, or `dropout` is out of range.
    """

    def __init__(
        self,
        dim: int,
        modalities: tuple[str, ...],
        layers: int = 1,
        heads: int = 4,
        feed_forward: int | None = None,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(dim, modalities, **kwargs)
        for name, value in (("layers", layers), ("heads", heads), ("feed_forward", feed_forward)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be positive; received {name}={value!r}.")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout must be at least 0 and below 1; received dropout={dropout!r}.")
        self.layers = int(layers)
        self.heads = int(heads)
        self.feed_forward = feed_forward
        self.dropout = float(dropout)

    def built_block(self, name: str, width: int, context_width: int | None = None) -> TransformerBlock:
        """A built block over tokens of this width: of self-attention, or with `context_width` of cross-attention."""
        block = TransformerBlock(
            self.heads, self.feed_forward or 4 * width, self.dropout, dtype=self.dtype_policy, name=name
        )
        block.build((None, None, width), None if context_width is None else (None, None, context_width))
        return block

    def built_norm(self, name: str, width: int) -> keras.layers.LayerNormalization:
        """A built layer normalisation of tokens of this width."""
        norm = keras.layers.LayerNormalization(dtype=self.dtype_policy, name=name)
        norm.build((None, None, width))
        return norm

    def built_projections(self, widths: dict[str, int], use_bias: bool = True) -> dict[str, keras.layers.Dense]:
        """A built linear map from the tokens of each modality to `dim`."""
        projections = {
            name: keras.layers.Dense(self.dim, use_bias=use_bias, dtype=self.dtype_policy, name=f"project_{name}")
            for name in widths
        }
        for name, width in widths.items():
            projections[name].build((None, None, width))
        return projections

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "layers": self.layers,
            "heads": self.heads,
            "feed_forward": self.feed_forward,
            "dropout": self.dropout,
        }
