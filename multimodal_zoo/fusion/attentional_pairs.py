"""Attentional pairs: each pair's product counts as much as a small network says."""

from __future__ import annotations

import itertools
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.common_width import CommonWidth
from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.present_weights import softmax_over_present, weighted_sum


@register_fusion("attentional_pairs")
class AttentionalPairs(FusionOperator):
    """Sums the products of all pairs of encodings, weighted by attention.

    p_ij = v_i * v_j;  a'_ij = h . relu(W p_ij + b);  a = softmax over the pairs (a');  f = sum_(i<j) a_ij p_ij.

    An encoding of the width `dim` is its own v_i; one of another width is v_i = W_i f_i. The softmax runs over the
    pairs of which both are there, so that removing a modality gives what the same weights give for the others alone.
    Without any such pair, and with nothing there, the answer is zeros. With a single pair its weight is 1 whatever W,
    b and h are, so these receive no gradient. An operator that is made for one modality alone answers with
    that modality.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        attention_dim: units of the attention network; None takes `dim`.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `attention_dim` is not positive.

    Example:
        >>> fuse("attentional_pairs", 16)({"user": user, "item": item, "genres": genres}, presence=presence)

    Reference:
        Xiao 2017, arXiv:1708.04617, equations 2, 4 and 5.
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], attention_dim: int | None = None, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if attention_dim is not None and attention_dim < 1:
            raise ValueError(f"attention_dim must be positive; received attention_dim={attention_dim!r}.")
        self.attention_dim = attention_dim
        self.pairs = list(itertools.combinations(range(len(self.modalities)), 2))
        self.vectors = CommonWidth(dim, dtype=self.dtype_policy, name="vectors")
        self.attention = keras.layers.Dense(
            dim if attention_dim is None else attention_dim,
            activation="relu",
            dtype=self.dtype_policy,
            name="attention",
        )
        self.scorer = keras.layers.Dense(1, use_bias=False, dtype=self.dtype_policy, name="score")

    def build_operator(self, widths: dict[str, int]) -> None:
        self.vectors.build(widths)
        if self.pairs:
            self.attention.build((None, len(self.pairs), self.dim))
            self.scorer.build((None, len(self.pairs), self.attention.units))

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        vectors = self.vectors(encodings)
        if not self.pairs:
            return ops.cast(vectors[0], self.compute_dtype)
        products = ops.stack([vectors[i] * vectors[j] for i, j in self.pairs], axis=1)
        scores = ops.squeeze(self.scorer(self.attention(products)), axis=-1)
        both = None
        if present is not None:
            both = ops.stack([ops.logical_and(present[:, i], present[:, j]) for i, j in self.pairs], axis=1)
        return ops.cast(weighted_sum(softmax_over_present(scores, both), products), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "attention_dim": self.attention_dim}
