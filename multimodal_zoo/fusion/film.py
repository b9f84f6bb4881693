"""FiLM: one modality is scaled and shifted, feature by feature, as the others say."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion


@register_fusion("film")
class FiLM(FusionOperator):
    """Modulates the features of one modality by the others: f = gamma * (W f_m + b) + beta.

    gamma = 1 + sum_j G_j f_j;  beta = sum_j B_j f_j, over the conditioning modalities j, all but m. The sums
    are the paper's linear maps of the conditioning modalities side by side; gamma is predicted as its
    difference from 1, as in the paper. The maps of the conditioning modalities have no bias.

    Absence. A conditioning modality adds nothing: it scales by 1 and shifts by 0. Without the modulated one
    f = beta, so the others are still heard. With everything absent: the zero vector. Removing a conditioning
    modality gives what the same weights give for the others alone. A single modality is mapped linearly.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        modulated: name of the modality that the others condition; None takes the first.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `modulated` is not one of the modalities.

    Example:
        >>> fuse("film", 64, modulated="image")({"image": image, "question": question}, presence=presence)

    Reference:
        Perez 2018, arXiv:1709.07871, section 2.1 (feature-wise linear modulation).
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], modulated: str | None = None, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if modulated is not None and modulated not in self.modalities:
            raise ValueError(f"modulated must be one of {list(self.modalities)}; received modulated={modulated!r}.")
        self.modulated = modulated
        self.feature = self.modalities[0] if modulated is None else modulated
        self.conditioning = tuple(name for name in self.modalities if name != self.feature)
        self.projection = keras.layers.Dense(dim, dtype=self.dtype_policy, name=f"project_{self.feature}")
        self.scales = {name: self._linear(f"scale_{name}") for name in self.conditioning}
        self.shifts = {name: self._linear(f"shift_{name}") for name in self.conditioning}

    def _linear(self, name: str) -> keras.layers.Dense:
        return keras.layers.Dense(self.dim, use_bias=False, dtype=self.dtype_policy, name=name)

    def build_operator(self, widths: dict[str, int]) -> None:
        self.projection.build((None, widths[self.feature]))
        for name in self.conditioning:
            self.scales[name].build((None, widths[name]))
            self.shifts[name].build((None, widths[name]))

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        features = self.projection(encodings[self.feature])
        if present is not None:
            column = self.modalities.index(self.feature)
            features = ops.where(present[:, column : column + 1], features, ops.zeros_like(features))
        # An absent encoding is all zeros, and so are linear maps of it.
        scale = sum(self.scales[name](encodings[name]) for name in self.conditioning) + 1
        shift = sum(self.shifts[name](encodings[name]) for name in self.conditioning)
        return scale * features + shift

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "modulated": self.modulated}
