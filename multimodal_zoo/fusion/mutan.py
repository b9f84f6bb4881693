"""MUTAN: a Tucker decomposition whose core has slices of low rank."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.factors import Factors
from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.pairs import sum_over_pairs


@register_fusion("mutan")
class Mutan(FusionOperator):
    """Projects each modality, then sums `rank` products: z = sum_r (M_1r q_1) * (M_2r q_2);  f = W_o z + b.

    q_i = g(W_i f_i + b_i), g = tanh. This is `tucker` with tanh projections and a core each of whose slices
    sum_r m_r (x) n_r has at most the given rank. Three or more modalities: the products of all pairs are
    summed. A single one: z = sum_r M_1r q_1.

    Absence. M_ir q_i of an absent modality is a learned vector that starts at 1, the neutral element. With
    everything absent the answer is that of these vectors. They exist only where the operator was built with
    `presence`. Departs from the paper in the biases of the linear maps.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        units: width of q_i and of z; None takes `dim`.
        rank: R, how many products are summed.
        activation: g, the name of a Keras activation, or None for linear projections.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `units` or `rank` is not positive.

    Example:
        >>> fuse("mutan", 64, units=32, rank=10)({"image": image, "question": question}, presence=presence)

    Reference:
        Ben-younes 2017, arXiv:1705.06676, section 3 (Tucker fusion and the sparsity of its core).
    """

    def __init__(
        self,
        dim: int,
        modalities: tuple[str, ...],
        units: int | None = None,
        rank: int = 5,
        activation: str | None = "tanh",
        **kwargs: Any,
    ):
        super().__init__(dim, modalities, **kwargs)
        if rank < 1 or (units is not None and units < 1):
            raise ValueError(f"units and rank must be positive; received units={units!r}, rank={rank!r}.")
        self.units = units
        self.rank = rank
        self.activation = keras.activations.get(activation)
        self.width = dim if units is None else units
        self.projections = {
            name: keras.layers.Dense(
                self.width, activation=self.activation, dtype=self.dtype_policy, name=f"project_{name}"
            )
            for name in self.modalities
        }
        self.factors = Factors(rank * self.width, self.modalities, dtype=self.dtype_policy, name="factors")
        self.output_map = keras.layers.Dense(dim, dtype=self.dtype_policy, name="output")

    def build_operator(self, widths: dict[str, int]) -> None:
        for name, width in widths.items():
            self.projections[name].build((None, width))
        self.factors.build(dict.fromkeys(widths, self.width), self.takes_presence)
        self.output_map.build((None, self.width))

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        projected = {name: self.projections[name](encoding) for name, encoding in encodings.items()}
        products = sum_over_pairs(self.factors(projected, present))
        return self.output_map(ops.sum(ops.reshape(products, (-1, self.rank, self.width)), axis=1))

    def get_config(self) -> dict[str, Any]:
        config = {
            "units": self.units,
            "rank": self.rank,
            "activation": keras.activations.serialize(self.activation),
        }
        return {**super().get_config(), **config}
