"""Multiplicative interactions: the full bilinear map, with its linear terms."""

from __future__ import annotations

import itertools
import math
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion


@register_fusion("multiplicative_interactions")
class MultiplicativeInteractions(FusionOperator):
    """Lets every entry of one modality meet every entry of the other: f = f_1 W f_2 + V_1 f_1 + V_2 f_2 + b.

    W is a tensor of (width_1, width_2, dim): one modality gives the matrix and the bias that map the other, as
    a hypernetwork does. Three or more modalities: the bilinear terms of all pairs are summed, each with a
    tensor of its own. A single one: f = V_1 f_1 + b.

    Absence. A modality that is absent is the zero vector, which the terms it takes part in vanish with: of two,
    the one left is mapped linearly. Removing a modality gives what the same weights give for the others alone.
    With everything absent: b.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        limit: largest number of entries that the tensor of one pair may have.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if the tensor of a pair would have more than `limit` entries.

    Example:
        >>> fuse("multiplicative_interactions", 64)({"image": image, "report": report}, presence=presence)

    Reference:
        Jayakumar 2020, "Multiplicative Interactions and Where to Find Them", ICLR 2020, section 3.
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], limit: int = 2**24, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        self.limit = limit
        self.pairs = tuple(itertools.combinations(self.modalities, 2))
        self.linear = {
            name: keras.layers.Dense(dim, use_bias=False, dtype=self.dtype_policy, name=f"linear_{name}")
            for name in self.modalities
        }
        self.tensors: list[Any] = []
        self.bias = None

    def build_operator(self, widths: dict[str, int]) -> None:
        for first, second in self.pairs:
            entries = widths[first] * widths[second] * self.dim
            if entries > self.limit:
                raise ValueError(
                    f"The tensor between {first!r} and {second!r} would have {widths[first]} x {widths[second]} x "
                    f"{self.dim} = {entries} entries, more than limit={self.limit}. Raise limit, narrow the "
                    "encodings or dim, or take a factorised bilinear fusion such as 'mutan' or 'mfb'."
                )
        for name, width in widths.items():
            self.linear[name].build((None, width))
        self.tensors = [
            self.add_weight(
                shape=(widths[first], widths[second] * self.dim),
                # An entry of the answer sums width * width products: this keeps it of the size of one.
                initializer=keras.initializers.RandomNormal(stddev=1 / math.sqrt(widths[first] * widths[second])),
                name=f"tensor_{first}_{second}",
            )
            for first, second in self.pairs
        ]
        self.bias = self.add_weight(
            shape=(self.dim,), initializer="zeros", dtype="float32", autocast=False, name="bias"
        )

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        # An absent encoding is all zeros, and so is every term that it is a factor of.
        terms = [ops.cast(self.linear[name](encodings[name]), "float32") for name in self.modalities]
        for (first, second), tensor in zip(self.pairs, self.tensors, strict=True):
            matrices = ops.reshape(ops.matmul(encodings[first], tensor), (-1, encodings[second].shape[-1], self.dim))
            terms.append(ops.einsum("bj,bjk->bk", *(ops.cast(x, "float32") for x in (encodings[second], matrices))))
        return ops.cast(sum(terms) + self.bias, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "limit": self.limit}
