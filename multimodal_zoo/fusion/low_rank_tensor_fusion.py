"""Low-rank tensor fusion: what tensor fusion computes, without its outer product."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion


@register_fusion("low_rank_tensor_fusion")
class LowRankTensorFusion(FusionOperator):
    """Sums `rank` products over all modalities: f = sum_r prod_i w_ir [f_i; 1], entry by entry.

    This is the linear map of the outer product of the [f_i; 1] by a tensor of that rank, W = sum_r w_1r (x) ...
    (x) w_nr, at a cost that grows with the sum of the widths and not with their product. The column of w_ir
    that meets the 1 is the bias of a dense layer, and all factors are trained.

    Absence. An absent modality is the zero vector before its 1, as in `tensor_fusion`: its factor is the
    constant w_ir [0; 1] and only the interactions without it remain. With everything absent: sum_r prod_i w_ir
    [0; 1]. These constants start at the same positive number whose products sum to 1, so that at the start of
    training what is absent leaves the others as they are, however many there are.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        rank: number of products summed.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `rank` is not positive.

    Example:
        >>> fuse("low_rank_tensor_fusion", 64, rank=4)({"text": text, "audio": audio, "video": video})

    Reference:
        Liu 2018, arXiv:1806.00064, section 3.2 (low-rank multimodal fusion).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], rank: int = 4, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if rank < 1:
            raise ValueError(f"rank must be positive; received rank={rank!r}.")
        self.rank = rank
        start = keras.initializers.Constant(rank ** (-1 / len(self.modalities)))
        self.factors = {
            name: keras.layers.Dense(rank * dim, bias_initializer=start, dtype=self.dtype_policy, name=f"factor_{name}")
            for name in self.modalities
        }

    def build_operator(self, widths: dict[str, int]) -> None:
        for name, width in widths.items():
            self.factors[name].build((None, width))

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        product = 1.0
        for name, encoding in encodings.items():
            # float32: a product of several numbers leaves the range of half precision.
            product = product * ops.cast(self.factors[name](encoding), "float32")
        joint = ops.sum(ops.reshape(product, (-1, self.rank, self.dim)), axis=1)
        return ops.cast(joint, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rank": self.rank}
