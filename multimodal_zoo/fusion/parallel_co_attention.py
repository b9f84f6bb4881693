"""Parallel co-attention: every modality chooses its steps in the light of the steps of all the others at once."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.masked_softmax import masked_softmax
from multimodal_zoo.fusion.kept_places import kept


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ParallelCoAttention(keras.Layer):
    """How much each step counts, guided by an affinity between the steps of every two modalities.

    C_ij = tanh(X_i B_ij X_j^T);  H_i = tanh(X_i W_i + sum_(j != i) C_ij (X_j W_j));  a_i = softmax(H_i w_i).

    X_i has a step of modality i in each row. For two modalities these are the paper's equations; for more, each pair
    has its B and the guidance of all the others is summed. B is oblong where the widths differ.

    Steps that are not there guide nothing and have the weight 0.

    Called with a dict of features (batch, steps, width) by modality, and a dict of whether each step is there
    (batch, steps), or (batch, 1) for all the steps of a row at once, 0 where not; a modality that the latter lacks is
    all there. Returns a dict of float32 weights (batch, steps).

    Args:
        modalities: names of the modalities, in the order of the pairs.
        units: width of H_i, positive.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `units` is not positive.

    Example:
        >>> weights = ParallelCoAttention(("image", "question"), 64)({"image": regions, "question": words})

    Reference:
        Lu 2016, arXiv:1606.00061, section 3.3 (parallel co-attention).
    """

    def __init__(self, modalities: Sequence[str], units: int, **kwargs: Any):
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(f"units must be positive; received units={units!r}.")
        self.modalities = tuple(modalities)
        self.units = int(units)
        self.hidden = self._maps("hidden", self.units)
        self.scorers = self._maps("score", 1)

    def _maps(self, label: str, units: int) -> dict[str, keras.layers.Dense]:
        return {
            name: keras.layers.Dense(units, use_bias=False, dtype=self.dtype_policy, name=f"{label}_{name}")
            for name in self.modalities
        }

    def build(self, features_shape: Mapping[str, tuple], there_shape: Mapping[str, tuple] | None = None) -> None:
        widths = {name: features_shape[name][-1] for name in self.modalities}
        for name, width in widths.items():
            self.hidden[name].build((None, None, width))
            self.scorers[name].build((None, None, self.units))
        self.affinities = [
            self.add_weight(
                shape=(widths[first], widths[second]), initializer="glorot_uniform", name=f"affinity_{first}_{second}"
            )
            for first, second in itertools.combinations(self.modalities, 2)
        ]

    def call(self, features: Mapping[str, Any], there: Mapping[str, Any] | None = None) -> dict[str, Any]:
        there = {name: ops.not_equal(mask, 0) for name, mask in (there or {}).items()}
        features = {name: kept(features[name], there.get(name)) for name in self.modalities}
        # What guides is summed over steps: in float32, where large features stay finite.
        exact = {name: ops.cast(features[name], "float32") for name in self.modalities}
        own = {name: ops.cast(self.hidden[name](features[name]), "float32") for name in self.modalities}
        guided = dict(own)
        for (first, second), weights in zip(itertools.combinations(self.modalities, 2), self.affinities, strict=True):
            bridge = ops.matmul(exact[first], ops.cast(weights, "float32"))
            affinity = ops.tanh(ops.matmul(bridge, ops.transpose(exact[second], (0, 2, 1))))
            guided[first] = guided[first] + ops.matmul(affinity, own[second])
            guided[second] = guided[second] + ops.matmul(ops.transpose(affinity, (0, 2, 1)), own[first])
        scores = {name: ops.squeeze(self.scorers[name](ops.tanh(guided[name])), axis=-1) for name in self.modalities}
        return {name: masked_softmax(scores[name], there.get(name)) for name in self.modalities}

    # What it answers are the weights.
    attention_weights = call

    def compute_output_spec(
        self, features: Mapping[str, Any], there: Mapping[str, Any] | None = None
    ) -> dict[str, keras.KerasTensor]:
        return {name: keras.KerasTensor(features[name].shape[:2], dtype="float32") for name in self.modalities}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "modalities": list(self.modalities), "units": self.units}
