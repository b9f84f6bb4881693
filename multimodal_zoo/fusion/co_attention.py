"""Co-attention: the steps that every modality chooses in the light of the others, joined."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import register_fusion
from multimodal_zoo.fusion.parallel_co_attention import ParallelCoAttention
from multimodal_zoo.fusion.present_weights import weighted_sum
from multimodal_zoo.fusion.sequence_operator import SequenceFusion


@register_fusion("co_attention")
class CoAttention(SequenceFusion):
    """Attends to the steps of each modality, guided by an affinity between the steps of every two.

    a = the weights of `ParallelCoAttention`;  x_i = sum_t a_it X_it;  f = tanh(sum_i x_i U_i).

    X_i has a step of modality i in each row. The paper gives both modalities one width and one last map; here U_i is
    each modality's own.

    Absence: an absent modality guides none of the others and adds nothing; with everything absent the answer
    is the zero vector. Where each modality is one step (a vector), a_i is 1 and f = tanh(sum_i x_i U_i).

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        attention_dim: width of the hidden layer of the attention; None takes `dim`.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("co_attention", 64)({"image": regions, "question": words}, masks={"question": ids})

    Reference:
        Lu 2016, arXiv:1606.00061, section 3.3 (parallel co-attention) and section 3.4 (the answer of
        one level).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], attention_dim: int | None = None, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if attention_dim is not None and attention_dim < 1:
            raise ValueError(f"attention_dim must be positive; received attention_dim={attention_dim!r}.")
        self.attention_dim = attention_dim
        self.attention = ParallelCoAttention(
            self.modalities, attention_dim or dim, dtype=self.dtype_policy, name="attention"
        )
        self.projections = {
            name: keras.layers.Dense(dim, use_bias=False, dtype=self.dtype_policy, name=f"project_{name}")
            for name in self.modalities
        }

    def build_operator(self, widths: dict[str, int]) -> None:
        self.attention.build({name: (None, None, width) for name, width in widths.items()})
        for name, width in widths.items():
            self.projections[name].build((None, width))

    def combine(self, tokens: dict[str, Any], there: dict[str, Any]) -> Any:
        weights = self.attention(tokens, there)
        parts = [self.projections[name](weighted_sum(weights[name], tokens[name])) for name in self.modalities]
        return ops.tanh(sum(parts[1:], start=parts[0]))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "attention_dim": self.attention_dim}
