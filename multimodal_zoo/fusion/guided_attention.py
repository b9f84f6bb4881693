"""Additive attention over places in the light of a guide, such as image regions in the light of a question."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.masked_softmax import masked_softmax
from multimodal_zoo.fusion.kept_places import kept


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class GuidedAttention(keras.Layer):
    """How much each place counts, in the light of a guide.

    h_t = tanh(W x_t + b + W_g g);  a = softmax_t(w . h_t).

    The softmax runs over the places that are there; a row without any has the weights 0. Without a guide its term is
    left out. The bias of the score that one paper has is left out: a softmax does not see it.

    Called with features (batch, places, width), a guide (batch, its width) or None, and whether each place is there
    (batch, places), or (batch, 1) for all the places of a row at once, 0 where not, or None where all are, returns
    float32 weights (batch, places). They are the map to show when asked where a network looked.

    Args:
        units: width of h, positive.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `units` is not positive.

    Example:
        >>> weights = GuidedAttention(64, name="attention_1")(regions, question, there)

    Reference:
        Yang 2016, arXiv:1511.02274, section 3.3; Lu 2016, arXiv:1606.00061, section 3.3 (alternating co-attention).
    """

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(f"units must be positive; received units={units!r}.")
        self.units = int(units)
        self.hidden = keras.layers.Dense(self.units, dtype=self.dtype_policy, name="hidden")
        self.guidance: keras.layers.Dense | None = None
        self.scorer = keras.layers.Dense(1, use_bias=False, dtype=self.dtype_policy, name="score")

    def build(self, features_shape: tuple, guide_shape: tuple | None = None, there_shape: tuple | None = None) -> None:
        self.hidden.build(features_shape)
        if guide_shape is not None:
            self.guidance = keras.layers.Dense(self.units, use_bias=False, dtype=self.dtype_policy, name="guidance")
            self.guidance.build(guide_shape)
        self.scorer.build((*features_shape[:-1], self.units))

    def call(self, features: Any, guide: Any = None, there: Any = None) -> Any:
        if there is not None:
            there = ops.not_equal(there, 0)
        hidden = self.hidden(kept(features, there))
        if guide is not None:
            if self.guidance is None:
                raise ValueError("GuidedAttention was built without a guide: call it with one from the first time on.")
            hidden = hidden + ops.expand_dims(self.guidance(guide), 1)
        return masked_softmax(ops.squeeze(self.scorer(ops.tanh(hidden)), axis=-1), there)

    # What it answers are the weights.
    attention_weights = call

    def compute_output_spec(self, features: Any, guide: Any = None, there: Any = None) -> keras.KerasTensor:
        return keras.KerasTensor(features.shape[:2], dtype="float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}
