"""A record to begin with: one of the test split where the data are here, else a made-up one."""

from __future__ import annotations

import functools
from typing import Any

from multimodal_zoo.datasets import DataSet, find_dataset, load_dataset
from multimodal_zoo.datasets.data_set import split_name
from multimodal_zoo.training import Bundle
from multimodal_zoo.unknown_name import UnknownName


def example_record(bundle: Bundle, number: int) -> tuple[dict[str, Any], str]:
    """A raw record that a bundle can be asked, and a sentence that tells where it comes from.

    Args:
        bundle: whose modalities are filled in.
        number: which one, from 0; behind the last record of the split it begins anew.

    Example:
        >>> example_record(bundle, 0)[1]
        'Record 1 of the test split of synthetic-diagnosis:default. Its label: diseased.'
    """
    name = bundle.metrics.get("data", {}).get("name", "")
    data = data_here(name)
    if data is not None and set(bundle.modalities) <= set(data.split("test").columns):
        test = data.split("test")
        place = number % len(test)
        record, label = test[place]
        told = f"Record {place + 1} of the test split of {name}.{label_of(data, label)}"
        return {key: record[key] for key in bundle.modalities}, told
    made_up = {key: modality.example(number) for key, modality in bundle.modalities.items()}
    return made_up, "Made up at random, of what the modalities know: no network can make sense of it."


@functools.lru_cache(maxsize=2)
def data_here(name: str) -> DataSet | None:
    """A data set that is built in or on this machine, and else None; nothing is downloaded."""
    try:
        card, _ = split_name(name)
    except UnknownName:
        return None
    return load_dataset(name, download=False) if not card.required or find_dataset(name) else None


def label_of(data: DataSet, label: Any) -> str:
    """A sentence about a label that is one class or one number; nothing about others."""
    if data.card.task == "classification" and data.class_names:
        return f" Its label: {data.class_names[int(label)]}."
    return f" Its label: {label:g}." if isinstance(label, (int, float)) else ""
