"""Everything that explains a bundle's answer to one record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from multimodal_zoo.explain.attention_maps import attending_layers, attention_maps
from multimodal_zoo.explain.feature_maps import feature_maps
from multimodal_zoo.explain.grad_cam import ClassActivationMap, grad_cam
from multimodal_zoo.explain.integrated_gradients import Attributions, integrated_gradients
from multimodal_zoo.explain.modality_shapley import ModalityShares, modality_shapley
from multimodal_zoo.explain.named_parts import named_parts
from multimodal_zoo.export.shapley import MOST_MODALITIES
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.predict import predict_record, record_inputs


@dataclasses.dataclass(frozen=True)
class Explanation:
    """An answer and what it is made of.

    Args:
        network: name of the architecture.
        prediction: as `predict_record` gives it.
        shares: the Shapley values of the modalities; None of a network with too many of them.
        attributions: of pixels, words, steps and fields.
        parts: the attributions by what has a name, by modality.
        activation_maps: Grad-CAM of each picture whose encoder has feature maps.
        attention: weights by layer.
        tensors: what the network was given for each modality that is there.
        kinds: kind of each of these modalities.
    """

    network: str
    prediction: dict[str, Any]
    shares: ModalityShares | None
    attributions: Attributions
    parts: dict[str, list[tuple[str, float]]]
    activation_maps: dict[str, ClassActivationMap]
    attention: dict[str, np.ndarray]
    tensors: dict[str, np.ndarray]
    kinds: dict[str, str]

    def document(self) -> dict[str, Any]:
        """JSON-ready: the figures, and the parts that have names."""
        found = self.attributions
        shares = None
        if self.shares is not None:
            shares = {"without_any": self.shares.without_any, "values": self.shares.by_modality}
        return {
            "network": self.network,
            "prediction": self.prediction,
            "target": found.target.name,
            "answer": found.answer,
            "modality_shapley": shares,
            "integrated_gradients": {
                "baseline": found.baseline,
                "gap": found.gap,
                "steps": found.steps,
                "sums": {name: float(one.sum()) for name, one in found.by_modality.items()},
                "parts": {name: [list(pair) for pair in pairs] for name, pairs in self.parts.items()},
            },
            "grad_cam": {
                name: {"layer": one.layer, "cells": one.cells.tolist()} for name, one in self.activation_maps.items()
            },
            "attention": {name: weights.tolist() for name, weights in self.attention.items()},
        }


def explain_record(bundle: Bundle, record: Mapping[str, Any], *, target: str | int | None = None) -> Explanation:
    """Explain a bundle's answer to one record in every way that its network allows.

    Args:
        bundle: trained network for classification, multi_label, ranking or regression.
        record: raw values by modality, as `predict_record` takes them.
        target: name or number of the class or figure; None takes the largest.

    Raises:
        ValueError, UnknownName, UndecodableInput: as `integrated_gradients`.

    Example:
        >>> explain_record(bundle, {"image": "x.jpg", "report": "Clear lungs."}).parts["report"]
        [('clear', -0.12), ('lungs', 0.03)]
    """
    attributions = integrated_gradients(bundle, record, target=target)
    column = attributions.target.column
    inputs, _ = record_inputs(bundle, record)
    tensors = {name: inputs[name].numpy()[0] for name in attributions.by_modality}
    kinds = {name: bundle.modalities[name].kind for name in tensors}
    return Explanation(
        bundle.card.name,
        predict_record(bundle, record),
        modality_shapley(bundle, record, target=column) if len(bundle.modalities) <= MOST_MODALITIES else None,
        attributions,
        {
            name: named_parts(bundle.modalities[name], record[name], tensors[name], found)
            for name, found in attributions.by_modality.items()
        },
        {
            name: grad_cam(bundle, record, modality=name, target=column)
            for name in tensors
            if kinds[name] == "image" and feature_maps(bundle.model, name)
        },
        attention_maps(bundle, record) if attending_layers(bundle.model) else {},
        tensors,
        kinds,
    )
