"""Bi-interaction: the sum of the products of all pairs, entry by entry."""

from __future__ import annotations

from typing import Any

from keras import ops

from multimodal_zoo.fusion.common_width import CommonWidth
from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.pairs import sum_over_pairs


@register_fusion("bi_interaction")
class BiInteraction(FusionOperator):
    """Adds up the products of all pairs of encodings: f = sum_(i<j) v_i * v_j, in time linear in their number.

    An encoding of the width `dim` is its own v_i; one of another width is v_i = W_i f_i. The entries of f add up to
    the second-order term of a factorisation machine, and of two encodings to their inner product.

    An absent modality is the zero vector and in no pair, so with one or nothing there the answer is zeros. An operator
    that is made for one modality alone answers with that modality.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("bi_interaction", 16)({"user": user, "item": item}, presence=presence)

    Reference:
        He and Chua 2017, arXiv:1708.05027, equations 3 and 4.
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        self.vectors = CommonWidth(dim, dtype=self.dtype_policy, name="vectors")

    def build_operator(self, widths: dict[str, int]) -> None:
        self.vectors.build(widths)

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        return ops.cast(sum_over_pairs(self.vectors(encodings)), self.compute_dtype)
