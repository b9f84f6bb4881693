"""The gated multimodal unit: a gate per feature decides which modality speaks."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.stand_ins import stand_in_for_absent


@register_fusion("gated")
class Gated(FusionOperator):
    """Mixes tanh projections by sigmoid gates that see all the encodings.

    Two modalities (the paper's bimodal unit, the gates tied):
    h_i = tanh(W_i f_i);  z = sigmoid(W_z [f_1; f_2]);  h = z * h_1 + (1 - z) * h_2.

    One, three or more (the paper's general unit, a gate for each):
    h_i = tanh(W_i f_i);  z_i = sigmoid(W_zi [f_1; ...; f_n]);  h = sum_i z_i * h_i.

    Absence. Two modalities: the gate of the one left is 1, which is what renormalising (z, 1 - z) gives, so h
    = h_i. Otherwise: the term of an absent modality is left out, and the gates of the others read a learned
    stand-in vector in its place (made only where the operator is built with `presence`). With everything
    absent: the zero vector.

    Departs from the paper in adding a bias to each linear map (`use_bias=False` gives the paper's equations).

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        use_bias: whether the linear maps have a bias.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("gated", 64)({"audio": audio, "image": image}, presence=presence)

    Reference:
        Arevalo 2017, arXiv:1702.01992, section 3 (gated multimodal unit).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], use_bias: bool = True, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        self.use_bias = bool(use_bias)
        self.tied = len(self.modalities) == 2
        self.projections = {
            name: self._dense(f"project_{name}", activation="tanh", use_bias=self.use_bias) for name in self.modalities
        }
        gated = ("tied",) if self.tied else self.modalities
        self.gates = {name: self._dense(f"gate_{name}", activation="sigmoid", use_bias=self.use_bias) for name in gated}
        self.stand_ins: dict[str, Any] = {}

    def _dense(self, name: str, **arguments: Any) -> keras.layers.Dense:
        return keras.layers.Dense(self.dim, dtype=self.dtype_policy, name=name, **arguments)

    def build_operator(self, widths: dict[str, int]) -> None:
        for name, width in widths.items():
            self.projections[name].build((None, width))
        for gate in self.gates.values():
            gate.build((None, sum(widths.values())))
        # A lone modality has no other whose gate could read a stand-in for it.
        if self.takes_presence and len(widths) > 2:
            self.stand_ins = {
                name: self.add_weight(shape=(width,), initializer="zeros", name=f"stand_in_{name}")
                for name, width in widths.items()
            }

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        hidden = {name: self.projections[name](encodings[name]) for name in self.modalities}
        there = (
            {}
            if present is None
            else {name: present[:, index : index + 1] for index, name in enumerate(self.modalities)}
        )
        if self.stand_ins:
            encodings = stand_in_for_absent(encodings, present, self.stand_ins)
        everything = ops.concatenate(list(encodings.values()), axis=-1)
        if self.tied:
            first, second = self.modalities
            z = self.gates["tied"](everything)
            gates = {first: z, second: 1 - z}
            if present is not None:
                gates[first] = ops.where(there[second], gates[first], ops.ones_like(z))
                gates[second] = ops.where(there[first], gates[second], ops.ones_like(z))
        else:
            gates = {name: gate(everything) for name, gate in self.gates.items()}
        terms = [gates[name] * hidden[name] for name in self.modalities]
        if present is not None:
            terms = [
                ops.where(there[name], term, ops.zeros_like(term))
                for name, term in zip(self.modalities, terms, strict=True)
            ]
        return sum(terms[1:], start=terms[0])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "use_bias": self.use_bias}
