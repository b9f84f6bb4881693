"""Parallel co-attention: every modality chooses its steps in the light of the steps of the others."""

from __future__ import annotations

import itertools
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.masked_softmax import masked_softmax
from multimodal_zoo.fusion.operator import register_fusion
from multimodal_zoo.fusion.present_weights import weighted_sum
from multimodal_zoo.fusion.sequence_operator import SequenceFusion


@register_fusion("co_attention")
class CoAttention(SequenceFusion):
    """Attends to the steps of each modality, guided by an affinity between the steps of every two.

    C_ij = tanh(X_i B_ij X_j^T);  H_i = tanh(X_i W_i + sum_(j != i) C_ij (X_j W_j));  a_i = softmax(H_i w_i);
    x_i = sum_t a_it X_it;  f = tanh(sum_i x_i U_i).

    X_i has a step of modality i in each row. For two modalities these are the paper's equations; for more,
    each pair has its B and the guidance of all the others is summed. The paper gives both modalities one
    width and one last map; here B is oblong and U_i each modality's own.

    Absence: an absent modality guides none of the others and adds nothing; with everything absent the answer
    is the zero vector. Where each modality is one step (a vector), a_i is 1 and f = tanh(sum_i x_i U_i).

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        attention_dim: width of H_i; None takes `dim`.
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
        self.hidden = self._maps("hidden", attention_dim or dim)
        self.scorers = self._maps("score", 1)
        self.projections = self._maps("project", dim)

    def _maps(self, label: str, units: int) -> dict[str, keras.layers.Dense]:
        return {
            name: keras.layers.Dense(units, use_bias=False, dtype=self.dtype_policy, name=f"{label}_{name}")
            for name in self.modalities
        }

    def build_operator(self, widths: dict[str, int]) -> None:
        for name, width in widths.items():
            self.hidden[name].build((None, None, width))
            self.scorers[name].build((None, None, self.hidden[name].units))
            self.projections[name].build((None, width))
        self.affinities = [
            self.add_weight(
                shape=(widths[first], widths[second]), initializer="glorot_uniform", name=f"affinity_{first}_{second}"
            )
            for first, second in itertools.combinations(self.modalities, 2)
        ]

    def combine(self, tokens: dict[str, Any], there: dict[str, Any]) -> Any:
        # What guides is summed over steps: in float32, where large tokens stay finite.
        exact = {name: ops.cast(content, "float32") for name, content in tokens.items()}
        own = {name: ops.cast(self.hidden[name](tokens[name]), "float32") for name in self.modalities}
        guided = dict(own)
        for (first, second), weights in zip(itertools.combinations(self.modalities, 2), self.affinities, strict=True):
            bridge = ops.matmul(exact[first], ops.cast(weights, "float32"))
            affinity = ops.tanh(ops.matmul(bridge, ops.transpose(exact[second], (0, 2, 1))))
            guided[first] = guided[first] + ops.matmul(affinity, own[second])
            guided[second] = guided[second] + ops.matmul(ops.transpose(affinity, (0, 2, 1)), own[first])
        parts = []
        for name in self.modalities:
            scores = ops.squeeze(self.scorers[name](ops.tanh(guided[name])), axis=-1)
            parts.append(self.projections[name](weighted_sum(masked_softmax(scores, there[name]), tokens[name])))
        return ops.tanh(sum(parts[1:], start=parts[0]))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "attention_dim": self.attention_dim}
