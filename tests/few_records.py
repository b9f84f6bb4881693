"""A few records of every data set, and registries that are afterwards as they were: for tests that run tutorials."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator

import numpy as np

from multimodal_zoo import registry
from multimodal_zoo.datasets import data_set
from multimodal_zoo.fusion import operator
from multimodal_zoo.modalities import modality
from multimodal_zoo.recipes import recipe

# How many records of each split are read, evenly spread over it.
MOST = {"train": 160, "validation": 60, "test": 60}
REGISTRIES = (
    registry.BUILDERS,
    registry.CARDS,
    data_set.ENTRIES,
    operator._OPERATORS,
    modality.KINDS,
    recipe.RECIPES,
)


@contextlib.contextmanager
def few_records() -> Iterator[None]:
    """Meanwhile `load_dataset` gives a few records of each split; the registries are afterwards as they were."""
    kept = [dict(one) for one in REGISTRIES]
    for name, entry in list(data_set.ENTRIES.items()):
        data_set.ENTRIES[name] = dataclasses.replace(entry, load=few_of(entry.load))
    try:
        yield
    finally:
        for one, before in zip(REGISTRIES, kept, strict=True):
            one.clear()
            one.update(before)


def few_of(load: data_set.Load) -> data_set.Load:
    """A loader of the same data set with at most so many records a split."""

    def load_few(card, protocol, folder):
        data = load(card, protocol, folder)
        splits = {
            name: one.take(np.unique(np.linspace(0, len(one) - 1, MOST[name]).astype(int)))
            for name, one in data.splits.items()
        }
        return dataclasses.replace(data, splits=splits)

    return load_few
