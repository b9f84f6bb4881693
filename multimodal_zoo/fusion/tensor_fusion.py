"""Tensor fusion: the outer product of all modalities, each with a 1 appended."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion


@register_fusion("tensor_fusion")
class TensorFusion(FusionOperator):
    """Maps the outer product of the encodings, each with a 1 appended: f = g(W ([f_1; 1] (x) ... (x) [f_n; 1]) + b).

    Thanks to the 1 the product holds each modality by itself, every pair, every three, and so on. It has
    prod_i (width_i + 1) entries; above `limit` the operator refuses. `units` first narrows each encoding by a
    linear map, as the embedding networks of the paper do.

    Absence. An absent modality is the zero vector before its 1: every interaction it would take part in is 0
    and all others stay as they are. With everything absent the answer is g(w + b), w the column of W that reads
    the product of the ones.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        units: width to which each encoding is mapped first; None takes it as it is.
        activation: g, the name of a Keras activation, or None for a linear map.
        limit: largest number of entries that the outer product may have, per record.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `units` is not positive or the outer product would have more than `limit` entries.

    Example:
        >>> fuse("tensor_fusion", 64, units=16)({"text": text, "audio": audio, "video": video})

    Reference:
        Zadeh 2017, arXiv:1707.07250, section 4.2 (tensor fusion layer).
    """

    def __init__(
        self,
        dim: int,
        modalities: tuple[str, ...],
        units: int | None = None,
        activation: str | None = "relu",
        limit: int = 2**17,
        **kwargs: Any,
    ):
        super().__init__(dim, modalities, **kwargs)
        if units is not None and units < 1:
            raise ValueError(f"units must be positive; received units={units!r}.")
        self.units = units
        self.activation = keras.activations.get(activation)
        self.limit = limit
        # Without a bias: what is absent stays zero.
        self.projections = {
            name: keras.layers.Dense(units, use_bias=False, dtype=self.dtype_policy, name=f"project_{name}")
            for name in (self.modalities if units is not None else ())
        }
        # float32: a product of several numbers leaves the range of half precision.
        self.output_map = keras.layers.Dense(dim, activation=self.activation, dtype="float32", name="output")

    def build_operator(self, widths: dict[str, int]) -> None:
        for name, projection in self.projections.items():
            projection.build((None, widths[name]))
        sides = [(self.units or width) + 1 for width in widths.values()]
        entries = math.prod(sides)
        if entries > self.limit:
            raise ValueError(
                f"The outer product of {list(widths)} would have {' x '.join(map(str, sides))} = {entries} entries "
                f"per record, and its map to the joint representation {entries * self.dim} weights: more than "
                f"limit={self.limit} entries. Narrow the encodings (units=...), raise limit, or take "
                "'low_rank_tensor_fusion', which computes the like without the product."
            )
        self.output_map.build((None, entries))

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        product = None
        for name, encoding in encodings.items():
            narrow = self.projections[name](encoding) if self.projections else encoding
            narrow = ops.cast(narrow, "float32")
            with_one = ops.concatenate([narrow, ops.ones_like(narrow[:, :1])], axis=-1)
            product = with_one if product is None else flat_outer_product(product, with_one)
        return ops.cast(self.output_map(product), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        config = {
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "limit": self.limit,
        }
        return {**super().get_config(), **config}


def flat_outer_product(first: Any, second: Any) -> Any:
    """All products of an entry of one with an entry of the other: (batch, first width * second width)."""
    size = first.shape[-1] * second.shape[-1]
    return ops.reshape(ops.expand_dims(first, 2) * ops.expand_dims(second, 1), (-1, size))
