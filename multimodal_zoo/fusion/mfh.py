"""MFH: factorised bilinear pooling in a cascade, for interactions of higher order."""

from __future__ import annotations

from typing import Any

from keras import ops

from multimodal_zoo.fusion.factors import Factors
from multimodal_zoo.fusion.mfb import squeeze
from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.pairs import sum_over_pairs


@register_fusion("mfh")
class MFH(FusionOperator):
    """Several `mfb` in a cascade, side by side: each multiplies its products into those of the one before.

    e^0 = 1;  e^b = e^(b-1) * (h^b_1 * h^b_2);  z^b = squeeze(e^b);  f = [z^1; ...; z^blocks],

    where h^b_i = U^b_i f_i + c^b_i and squeeze is that of MFB: sums of `rank` neighbours, signed root, unit
    length. Each z^b has dim / blocks entries. One block is MFB. Three or more modalities: the products of all
    pairs are summed, sum_(i<j) h^b_i * h^b_j, in each block. A single one: h^b_1 itself.

    Absence and departures as in `mfb`: with everything absent the answer is that of the learned vectors.

    Args:
        dim: width of the joint representation, a multiple of `blocks`.
        modalities: names of the encodings, in the order of the columns of `presence`.
        rank: how many products are pooled into an entry.
        blocks: length of the cascade.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `rank` or `blocks` is not positive, or `dim` is not a multiple of `blocks`.

    Example:
        >>> fuse("mfh", 64, blocks=2)({"image": image, "question": question}, presence=presence)

    Reference:
        Yu 2018, arXiv:1708.03619, section III (multi-modal factorized high-order pooling).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], rank: int = 5, blocks: int = 2, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if rank < 1 or blocks < 1:
            raise ValueError(f"rank and blocks must be positive; received rank={rank!r}, blocks={blocks!r}.")
        if self.dim % blocks:
            raise ValueError(
                f"dim must be a multiple of blocks, the answers of the blocks stand side by side; "
                f"received dim={dim} and blocks={blocks}."
            )
        self.rank = rank
        self.blocks = blocks
        self.factors = [
            Factors(rank * dim // blocks, self.modalities, dtype=self.dtype_policy, name=f"factors_{block}")
            for block in range(blocks)
        ]

    def build_operator(self, widths: dict[str, int]) -> None:
        for factors in self.factors:
            factors.build(widths, self.takes_presence)

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        expanded = 1.0
        answers = []
        for factors in self.factors:
            expanded = expanded * sum_over_pairs(factors(encodings, present))
            answers.append(squeeze(expanded, self.rank))
        return ops.cast(ops.concatenate(answers, axis=-1), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rank": self.rank, "blocks": self.blocks}
