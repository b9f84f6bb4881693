"""BLOCK: a bilinear map in blocks, between a full tensor and a product entry by entry."""

from __future__ import annotations

import itertools
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.factors import Factors
from multimodal_zoo.fusion.operator import FusionOperator, register_fusion


@register_fusion("block")
class Block(FusionOperator):
    """Cuts each projected encoding in chunks and joins equal chunks by a core tensor of their own.

    q_i = W_i f_i + b_i = [q_i1; ...; q_iR];  z_r = D_r x1 q_1r x2 q_2r;  f = W_o [z_1; ...; z_R] + b.

    D_r is (units, units, units). One block is `tucker`; blocks of one unit multiply entry by entry. Three or
    more modalities: z is summed over all pairs, each with cores of its own. A single one: z = q_1.

    Absence. q_i of an absent modality is a learned vector that starts at 1: the one left is then mapped
    linearly by its core. With everything absent the answer is that of these vectors. They exist only where the
    operator was built with `presence`.

    Departs from the paper's experiments, which bound the rank of the slices of D_r as well: here the cores are
    full, as in its equations. The linear maps have a bias.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        blocks: R, the number of chunks.
        units: width of a chunk.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `blocks` or `units` is not positive.

    Example:
        >>> fuse("block", 64, blocks=4, units=16)({"image": image, "question": question}, presence=presence)

    Reference:
        Ben-younes 2019, arXiv:1902.00038, section "BLOCK fusion model".
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], blocks: int = 4, units: int = 16, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if blocks < 1 or units < 1:
            raise ValueError(f"blocks and units must be positive; received blocks={blocks!r}, units={units!r}.")
        self.blocks = blocks
        self.units = units
        self.factors = Factors(blocks * units, self.modalities, dtype=self.dtype_policy, name="factors")
        self.output_map = keras.layers.Dense(dim, dtype=self.dtype_policy, name="output")
        self.cores: list[Any] = []

    def build_operator(self, widths: dict[str, int]) -> None:
        self.factors.build(widths, self.takes_presence)
        self.output_map.build((None, self.blocks * self.units))
        self.cores = [
            self.add_weight(
                shape=(self.blocks, self.units, self.units, self.units),
                # An entry sums units * units products: this keeps it of the size of one.
                initializer=keras.initializers.RandomNormal(stddev=1 / self.units),
                dtype="float32",
                autocast=False,
                name=f"core_{first}_{second}",
            )
            for first, second in itertools.combinations(self.modalities, 2)
        ]

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        chunks = [ops.reshape(factor, (-1, self.blocks, self.units)) for factor in self.factors(encodings, present)]
        pairs = zip(itertools.combinations(chunks, 2), self.cores, strict=True)
        joined = [ops.einsum("bri,brj,rijk->brk", first, second, core) for (first, second), core in pairs] or chunks
        return self.output_map(ops.reshape(sum(joined[1:], start=joined[0]), (-1, self.blocks * self.units)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "blocks": self.blocks, "units": self.units}
