"""A data set of made-up records, with the card that it needs."""

from __future__ import annotations

from collections.abc import Mapping

from multimodal_zoo.datasets import DataSet, DataSetCard, Records
from multimodal_zoo.modalities import Modality


def made_up_data(
    name: str,
    task: str,
    modalities: Mapping[str, Modality],
    splits: Mapping[str, Records],
    class_names: tuple[str, ...] = (),
) -> DataSet:
    """The data set; what its card says beside name and task does not matter."""
    card = DataSetCard(
        name=name,
        title=f"SYNTHETIC {name}",
        task=task,
        licence="none",
        source="made up",
        citation="none",
        protocols={"split": "as they come"},
        synthetic=True,
    )
    return DataSet(card, "split", dict(modalities), class_names, dict(splits))
