"""Encodings brought to one width, so that they can be multiplied entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops


class CommonWidth(keras.Layer):
    """Maps each encoding to v_i of one width: W_i f_i, or f_i itself where it has that width already.

    There is no bias: the vector of an absent modality, whose encoding is zeros, is zeros. Part of an operator, which
    builds it.

    Args:
        width: the common width.
        **kwargs: arguments of `keras.Layer`.
    """

    def __init__(self, width: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = width
        self.maps: dict[str, keras.layers.Dense] = {}

    def build(self, widths: Mapping[str, int]) -> None:
        self.maps = {
            name: keras.layers.Dense(self.width, use_bias=False, dtype=self.dtype_policy, name=f"map_{name}")
            for name, width in widths.items()
            if width != self.width
        }
        for name, one in self.maps.items():
            one.build((None, widths[name]))

    def call(self, encodings: Mapping[str, Any]) -> list[Any]:
        vectors = [self.maps[name](one) if name in self.maps else one for name, one in encodings.items()]
        # float32: a product of two numbers leaves the range of half precision long before they do.
        return [ops.cast(vector, "float32") for vector in vectors]
