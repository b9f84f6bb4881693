"""What each modality of one record contributed, as the export's signature `explain` says it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from multimodal_zoo.explain.target_figure import TargetFigure, require_explained, target_figure
from multimodal_zoo.export.saved_model import ServedNetwork
from multimodal_zoo.modalities import batch_records
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.predict import record_inputs


@dataclasses.dataclass(frozen=True)
class ModalityShares:
    """The Shapley values of the modalities.

    Args:
        target: the figure that is explained.
        answer: that figure for the record.
        without_any: the same with every modality absent.
        by_modality: the Shapley value of each; they add up to `answer - without_any`.
    """

    target: TargetFigure
    answer: float
    without_any: float
    by_modality: dict[str, float]


def modality_shapley(bundle: Bundle, record: Mapping[str, Any], *, target: str | int | None = None) -> ModalityShares:
    """The exact Shapley value of each modality for one figure of the bundle's answer, a calibrated one where it is.

    Args:
        bundle: trained network for classification, multi_label, ranking or regression, of at most 10 modalities.
        record: raw values by modality, as `predict_record` takes them.
        target: name or number of the class or figure; None takes the largest.

    Raises:
        ValueError: the network answers with something else than figures, or has more modalities.
        UnknownName: there is no such target.
        UndecodableInput: as `predict_record`.

    Example:
        >>> modality_shapley(bundle, {"image": "x.jpg", "report": "Clear lungs."}).by_modality
        {'image': 0.12, 'report': 0.31}

    Reference: see `export.shapley`.
    """
    require_explained(bundle.card)
    inputs, _ = record_inputs(bundle, record)
    prediction = bundle.answering(inputs, training=False).numpy()[0]
    figure = target_figure(bundle, prediction, target)
    said = ServedNetwork(bundle).explain(batch_records(bundle.modalities, [record]))
    at = (0, figure.column)
    by_modality = {name: float(said[f"contribution_{name}"][at]) for name in bundle.modalities}
    return ModalityShares(figure, float(prediction[figure.column]), float(said["without_any"][at]), by_modality)
