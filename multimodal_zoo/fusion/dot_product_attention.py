"""Dot-product attention over modalities: a learned query asks each of them."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.present_weights import softmax_over_present, weighted_sum


@register_fusion("dot_product_attention")
class DotProductAttention(FusionOperator):
    """Sums the modalities' values by how well their keys answer a learned query.

    k_i = K_i f_i + c_i;  v_i = V_i f_i + b_i;  a = softmax_i(q . k_i / sqrt(attention_dim));  f = sum_i a_i v_i.

    The query is the same for every record, the keys are not: each record decides how much each modality
    counts. The softmax runs over those that are there, so removing a modality gives what the same weights give
    for the others alone. With everything absent the answer is the zero vector. With a single modality its
    weight is 1 whatever q, K_i and c_i are, so these receive no gradient.

    Args:
        dim: width of the joint representation and of the values.
        modalities: names of the encodings, in the order of the columns of `presence`.
        attention_dim: width of the query and the keys; None takes `dim`.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `attention_dim` is not positive.

    Example:
        >>> fuse("dot_product_attention", 64)({"image": image, "report": report}, presence=presence)

    Reference:
        Vaswani 2017, arXiv:1706.03762, section 3.2.1, with one learned query.
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], attention_dim: int | None = None, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if attention_dim is not None and attention_dim < 1:
            raise ValueError(f"attention_dim must be positive; received attention_dim={attention_dim!r}.")
        self.attention_dim = attention_dim
        width = dim if attention_dim is None else attention_dim
        self.keys = {
            name: keras.layers.Dense(width, dtype=self.dtype_policy, name=f"key_{name}") for name in self.modalities
        }
        self.values = {
            name: keras.layers.Dense(dim, dtype=self.dtype_policy, name=f"value_{name}") for name in self.modalities
        }

    def build_operator(self, widths: dict[str, int]) -> None:
        for name, width in widths.items():
            self.keys[name].build((None, width))
            self.values[name].build((None, width))
        query_width = self.keys[self.modalities[0]].units
        self.query = self.add_weight(
            shape=(query_width,), initializer="glorot_uniform", dtype="float32", autocast=False, name="query"
        )

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        keys = ops.stack([self.keys[name](encodings[name]) for name in self.modalities], axis=1)
        values = ops.stack([self.values[name](encodings[name]) for name in self.modalities], axis=1)
        query = ops.convert_to_tensor(self.query) / self.query.shape[0] ** 0.5
        scores = ops.sum(ops.cast(keys, "float32") * query, axis=-1)
        return weighted_sum(softmax_over_present(scores, present), values)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "attention_dim": self.attention_dim}
