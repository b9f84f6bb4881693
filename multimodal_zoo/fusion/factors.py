"""The factors of a bilinear product: a linear map of each modality, and 1 in the place of an absent one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.stand_ins import stand_in_for_absent


class Factors(keras.Layer):
    """Maps each modality to a factor of one common width: h_i = g(W_i f_i + b_i).

    The factor of an absent modality is a learned vector that starts at 1, the neutral element of the product:
    at the start of training the others are multiplied by nothing. Part of an operator, which builds it.

    Args:
        width: width of the factors.
        modalities: names of the modalities, in the order of the columns of presence.
        activation: g, the name of a Keras activation, or None for linear maps.
        **kwargs: arguments of `keras.Layer`.
    """

    def __init__(self, width: int, modalities: tuple[str, ...], activation: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = width
        self.maps = {
            name: keras.layers.Dense(width, activation=activation, dtype=self.dtype_policy, name=f"map_{name}")
            for name in modalities
        }
        self.stand_ins: dict[str, Any] = {}

    def build(self, widths: Mapping[str, int], takes_presence: bool) -> None:
        for name, width in widths.items():
            self.maps[name].build((None, width))
        if takes_presence:
            self.stand_ins = {
                name: self.add_weight(
                    shape=(self.width,), initializer="ones", dtype="float32", autocast=False, name=f"stand_in_{name}"
                )
                for name in widths
            }

    def call(self, encodings: Mapping[str, Any], present: Any = None) -> list[Any]:
        # float32: a product of two numbers leaves the range of half precision long before they do.
        factors = {name: ops.cast(self.maps[name](encoding), "float32") for name, encoding in encodings.items()}
        return list(stand_in_for_absent(factors, present, self.stand_ins).values())
