"""MFB: factorised bilinear pooling, several products pooled into each entry."""

from __future__ import annotations

from typing import Any

from keras import ops

from multimodal_zoo.fusion.factors import Factors
from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.pairs import sum_over_pairs
from multimodal_zoo.fusion.power_normalization import signed_sqrt, unit_length


@register_fusion("mfb")
class MFB(FusionOperator):
    """Pools k products into each entry: z = SumPool_k(h_1 * h_2), h_i = U_i f_i + c_i of width k dim.

    f = y / ||y||, y = sign(z) sqrt(|z|). A bilinear map each of whose slices has at most rank k, then power and
    L2 normalisation: f has length 1. Three or more modalities: the products of all pairs are summed before the
    pooling. A single one: h_1 is pooled.

    Absence. h_i of an absent modality is a learned vector that starts at 1, the neutral element. With
    everything absent the answer is that of these vectors. They exist only where the operator was built with
    `presence`.

    Departs from the paper in softening the root around 0, where its slope is infinite (`signed_sqrt`), in
    dividing very short vectors by a constant (`unit_length`), in the bias c_i, and in having no dropout.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        rank: k, how many products are pooled into an entry.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `rank` is not positive.

    Example:
        >>> fuse("mfb", 64)({"image": image, "question": question}, presence=presence)

    Reference:
        Yu 2017, arXiv:1708.01471, section 3 (multi-modal factorized bilinear pooling).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], rank: int = 5, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if rank < 1:
            raise ValueError(f"rank must be positive; received rank={rank!r}.")
        self.rank = rank
        self.factors = Factors(rank * dim, self.modalities, dtype=self.dtype_policy, name="factors")

    def build_operator(self, widths: dict[str, int]) -> None:
        self.factors.build(widths, self.takes_presence)

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        squeezed = squeeze(sum_over_pairs(self.factors(encodings, present)), self.rank)
        return ops.cast(squeezed, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rank": self.rank}


def squeeze(expanded: Any, rank: int) -> Any:
    """The second half of MFB: sums of `rank` neighbours, their signed root, at unit length.

    Args:
        expanded: (batch, rank * width), float32.
        rank: how many neighbours are summed.

    Returns:
        (batch, width).
    """
    pooled = ops.sum(ops.reshape(expanded, (-1, expanded.shape[-1] // rank, rank)), axis=-1)
    return unit_length(signed_sqrt(pooled))
