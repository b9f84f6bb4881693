"""Additive attention over modalities: each record decides how much each modality counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.present_weights import softmax_over_present, weighted_sum


@register_fusion("additive_attention")
class AdditiveAttention(FusionOperator):
    """Sums projected encodings by weights that a small network reads off them.

    f_i' = W_i f_i + b_i;  e_i = tanh(W_v f_i' + b_v);  a = softmax_i(e_i . u);  f = sum_i a_i f_i'.

    W_v, b_v and u are shared by the modalities; the softmax runs over those that are there, so removing a
    modality gives what the same weights give for the others alone. With everything absent the answer is the
    zero vector. With a single modality its weight is 1 whatever W_v, b_v and u are, so these receive no
    gradient.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        attention_dim: width of e_i and u; None takes `dim`.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("additive_attention", 64)({"image": image, "report": report}, presence=presence)

    Reference:
        Bahdanau 2015, arXiv:1409.0473, section 3.1; over modalities instead of time steps.
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], attention_dim: int | None = None, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if attention_dim is not None and attention_dim < 1:
            raise ValueError(f"attention_dim must be positive; received attention_dim={attention_dim!r}.")
        self.attention_dim = attention_dim
        width = dim if attention_dim is None else attention_dim
        self.projections = {
            name: keras.layers.Dense(dim, dtype=self.dtype_policy, name=f"project_{name}") for name in self.modalities
        }
        self.energy = keras.layers.Dense(width, activation="tanh", dtype=self.dtype_policy, name="energy")
        self.scorer = keras.layers.Dense(1, use_bias=False, dtype=self.dtype_policy, name="score")

    def build_operator(self, widths: dict[str, int]) -> None:
        for name, width in widths.items():
            self.projections[name].build((None, width))
        self.energy.build((None, None, self.dim))
        self.scorer.build((None, None, self.energy.units))

    def attention_weights(self, encodings: Mapping[str, Any], presence: Any = None) -> Any:
        """How much each modality counts, float32 (batch, modalities); called as the operator itself."""
        encodings, present = self.checked(encodings, presence)
        return self._projected_and_weights(encodings, present)[1]

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        projected, weights = self._projected_and_weights(encodings, present)
        return weighted_sum(weights, projected)

    def _projected_and_weights(self, encodings: dict[str, Any], present: Any) -> tuple[Any, Any]:
        projected = ops.stack([self.projections[name](encodings[name]) for name in self.modalities], axis=1)
        scores = ops.squeeze(self.scorer(self.energy(projected)), axis=-1)
        return projected, softmax_over_present(scores, present)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "attention_dim": self.attention_dim}
