"""MLB: low-rank bilinear pooling by the elementwise product."""

from __future__ import annotations

from typing import Any

import keras

from multimodal_zoo.fusion.factors import Factors
from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.pairs import sum_over_pairs


@register_fusion("mlb")
class MLB(FusionOperator):
    """Multiplies projected encodings entry by entry: f = P (h_1 * h_2) + b, h_i = tanh(U_i f_i + c_i).

    A bilinear map whose slices have at most the given rank. Three or more modalities: the products of all
    pairs are summed, f = P sum_(i<j) h_i * h_j + b, so an interaction is never of more than two. A single
    one: f = P h_1 + b.

    Absence. h_i of an absent modality is a learned vector that starts at 1, the neutral element: of two, the
    one left is projected alone. With everything absent the answer is that of these vectors. They exist only
    where the operator was built with `presence`.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        rank: width of h_i; None takes `dim`.
        activation: name of the Keras activation of h_i, or None for a linear map.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `rank` is not positive.

    Example:
        >>> fuse("mlb", 64, rank=128)({"image": image, "question": question}, presence=presence)

    Reference:
        Kim 2017, arXiv:1610.04325, sections 2 and 3 (low-rank bilinear pooling, its non-linear activation).
    """

    def __init__(
        self,
        dim: int,
        modalities: tuple[str, ...],
        rank: int | None = None,
        activation: str | None = "tanh",
        **kwargs: Any,
    ):
        super().__init__(dim, modalities, **kwargs)
        if rank is not None and rank < 1:
            raise ValueError(f"rank must be positive; received rank={rank!r}.")
        self.rank = rank
        self.activation = keras.activations.get(activation)
        self.factors = Factors(
            dim if rank is None else rank, self.modalities, self.activation, dtype=self.dtype_policy, name="factors"
        )
        self.projection = keras.layers.Dense(dim, dtype=self.dtype_policy, name="projection")

    def build_operator(self, widths: dict[str, int]) -> None:
        self.factors.build(widths, self.takes_presence)
        self.projection.build((None, self.factors.width))

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        return self.projection(sum_over_pairs(self.factors(encodings, present)))

    def get_config(self) -> dict[str, Any]:
        config = {"rank": self.rank, "activation": keras.activations.serialize(self.activation)}
        return {**super().get_config(), **config}
