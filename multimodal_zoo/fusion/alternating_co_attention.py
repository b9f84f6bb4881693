"""Alternating co-attention: a summary of the question chooses among the regions, and these among the words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from multimodal_zoo.fusion.guided_attention import GuidedAttention
from multimodal_zoo.fusion.kept_places import kept
from multimodal_zoo.fusion.present_weights import weighted_sum


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class AlternatingCoAttention(keras.Layer):
    """How much each step of two modalities counts, each found in the light of the other, one after the other.

    s = the first modality, attended without a guide;  v = the second, attended in the light of s;  then the first is
    attended once more in the light of v. The attention is `GuidedAttention`, three times with weights of its own.

    A modality none of whose steps are there has the weights 0, and guides with the zero vector.

    Called as `ParallelCoAttention`: with a dict of features (batch, steps, width) by modality, and a dict of whether
    each step is there (batch, steps) or (batch, 1), 0 where not; a modality that the latter lacks is all there.
    Returns a dict of float32 weights (batch, steps), those of the first modality being of its second attention.

    Args:
        first: the modality to begin with; the question, in the paper.
        second: the other one.
        units: width of the hidden layer of each attention, positive.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `units` is not positive.

    Example:
        >>> weights = AlternatingCoAttention("question", "image", 64)({"image": regions, "question": words})

    Reference:
        Lu 2016, arXiv:1606.00061, section 3.3 (alternating co-attention).
    """

    def __init__(self, first: str, second: str, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.first, self.second, self.units = first, second, int(units)
        self.summary = GuidedAttention(units, dtype=self.dtype_policy, name="summary")
        self.attention = {
            name: GuidedAttention(units, dtype=self.dtype_policy, name=f"attention_{name}") for name in (first, second)
        }

    def build(self, features_shape: Mapping[str, tuple], there_shape: Mapping[str, tuple] | None = None) -> None:
        first, second = features_shape[self.first], features_shape[self.second]
        self.summary.build(first)
        self.attention[self.second].build(second, (None, first[-1]))
        self.attention[self.first].build(first, (None, second[-1]))

    def call(self, features: Mapping[str, Any], there: Mapping[str, Any] | None = None) -> dict[str, Any]:
        there = {name: ops.not_equal(mask, 0) for name, mask in (there or {}).items()}
        features = {name: kept(features[name], there.get(name)) for name in (self.first, self.second)}
        weights = {self.first: self.summary(features[self.first], there=there.get(self.first))}
        for name, guide in ((self.second, self.first), (self.first, self.second)):
            attended = weighted_sum(weights[guide], features[guide])
            weights[name] = self.attention[name](features[name], attended, there.get(name))
        return weights

    def compute_output_spec(
        self, features: Mapping[str, Any], there: Mapping[str, Any] | None = None
    ) -> dict[str, keras.KerasTensor]:
        return {
            name: keras.KerasTensor(features[name].shape[:2], dtype="float32") for name in (self.first, self.second)
        }

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "first": self.first, "second": self.second, "units": self.units}
