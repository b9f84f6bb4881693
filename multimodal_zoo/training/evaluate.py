"""How good a bundle is on a split, with any of its modalities taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multimodal_zoo.tasks import task_metrics
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.pipeline import HasDataset, Prepared, prepare
from multimodal_zoo.training.predict_split import predict_split


def predictions_on(
    bundle: Bundle, records: HasDataset, without: Sequence[str] = (), batch_size: int = 256
) -> tuple[np.ndarray, np.ndarray, Prepared]:
    """Labels, predictions (calibrated, where the bundle is) and the decoded records of a split.

    Raises:
        ValueError: `without` names no modality of the bundle, or the network cannot do without any.
    """
    unknown = [name for name in without if name not in bundle.modalities]
    if unknown:
        raise ValueError(f"Unknown modality {unknown[0]!r}. The bundle reads: {', '.join(bundle.modalities)}.")
    if without and not bundle.has_presence:
        raise ValueError(
            f"{bundle.card.name} was built without missing_modalities=True and cannot do without {without[0]!r}."
        )
    if len(set(without)) == len(bundle.modalities):
        raise ValueError("At least one modality has to be left.")
    prepared = prepare(records, bundle.modalities)
    left = prepared.without(*without)
    return prepared.labels.numpy(), predict_split(bundle.answering, left, batch_size), prepared


def evaluate(bundle: Bundle, records: HasDataset, without: Sequence[str] = (), batch_size: int = 256) -> dict[str, Any]:
    """The figures of the bundle's task on a split.

    Args:
        bundle: trained network.
        records: a split, such as `load_dataset(...).split("test")`.
        without: modalities marked as absent in every record.
        batch_size: records per step; makes no difference to the figures.

    Returns:
        Figures by name, and `records`, `without`, `undecodable`.

    Example:
        >>> evaluate(bundle, data.split("test"), without=["image"])["accuracy"]
    """
    labels, predictions, prepared = predictions_on(bundle, records, without, batch_size)
    return {
        **task_metrics(bundle.card.task, labels, predictions, bundle.class_names),
        "records": len(prepared),
        "without": list(without),
        "undecodable": {name: len(rows) for name, rows in prepared.undecodable.items()},
    }
