"""Early fusion: the encodings side by side, through one dense layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.stand_ins import stand_in_for_absent


@register_fusion("concat")
class Concat(FusionOperator):
    """Concatenates the encodings and maps them to the joint representation: f = g(W [f_1; ...; f_n] + b).

    An absent modality is replaced by a learned stand-in vector of its own width, since the concatenation
    needs a fixed size. With everything absent the answer is that of the stand-ins together. Stand-ins exist
    only where the operator was built with `presence`.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        activation: g, the name of a Keras activation, or None for a linear map.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> fuse("concat", 64, activation="relu")({"image": image, "report": report})

    Reference:
        Baltrusaitis 2019, arXiv:1705.09406, section 6.1 (early fusion).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], activation: str | None = "relu", **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        self.activation = keras.activations.get(activation)
        self.projection = keras.layers.Dense(
            dim, activation=self.activation, dtype=self.dtype_policy, name="projection"
        )
        self.stand_ins: dict[str, Any] = {}

    def build_operator(self, widths: dict[str, int]) -> None:
        if self.takes_presence:
            self.stand_ins = {
                name: self.add_weight(shape=(width,), initializer="zeros", name=f"stand_in_{name}")
                for name, width in widths.items()
            }
        self.projection.build((None, sum(widths.values())))

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        encodings = stand_in_for_absent(encodings, present, self.stand_ins)
        return self.projection(ops.concatenate(list(encodings.values()), axis=-1))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": keras.activations.serialize(self.activation)}
