"""Named data sets: their cards, the registry, and loading by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from multimodal_zoo.datasets.records import Records
from multimodal_zoo.modalities import Modality
from multimodal_zoo.registry import TASKS, UnknownName

SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class DataSetCard:
    """What a data set is and where it comes from.

    Args:
        name: as in `load_dataset(name)`.
        title: one line; begins with "SYNTHETIC" for made-up data.
        task: one of `registry.TASKS`.
        licence: terms of the data, which are not those of this package.
        source: where it is published.
        citation: what to cite.
        protocols: name -> what its splits are; the first one is the default.
        synthetic: True for made-up data.
        required: files (relative paths) a folder holds when it is a copy of this data set; none for built-in
            data.
        checksums: relative path -> SHA-256 of the file with which published figures were made; a path with
            `*` stands for all matching files, see `find.digest_of_files`. "a|b" where the same content is about in two
            files.
        how_to_get: what to do where it cannot or may not be downloaded.
        side_by_side: the folders in `required` may lie in the data folder itself, beside other data sets.
        notes: what a reader of figures should know.
    """

    name: str
    title: str
    task: str
    licence: str
    source: str
    citation: str
    protocols: Mapping[str, str]
    synthetic: bool = False
    required: tuple[str, ...] = ()
    checksums: Mapping[str, str] = dataclasses.field(default_factory=dict)
    how_to_get: str = ""
    side_by_side: bool = False
    notes: str = ""

    @property
    def default_protocol(self) -> str:
        return next(iter(self.protocols))


@dataclasses.dataclass(frozen=True)
class DataSet:
    """A data set under one protocol.

    Args:
        card: its card; `card.task` is the task of this protocol.
        protocol: name of the way it was split.
        modalities: declared modalities by name, not yet fitted.
        class_names: names of the classes, of several numbers or of the characters, in the order of the labels; empty
            where there are none.
        splits: "train", "validation" and "test".
    """

    card: DataSetCard
    protocol: str
    modalities: dict[str, Modality]
    class_names: tuple[str, ...]
    splits: dict[str, Records]

    def split(self, name: str) -> Records:
        """The records of "train", "validation" or "test".

        Raises:
            UnknownName: there is no such split.
        """
        if name not in self.splits:
            raise UnknownName(f"split of {self.card.name}", name, self.splits)
        return self.splits[name]


Load = Callable[[DataSetCard, str, "Path | None"], DataSet]
Fetch = Callable[[Path], None]


@dataclasses.dataclass(frozen=True)
class Entry:
    """A registered data set: how to load it, and the sources to try in turn when it has to be downloaded."""

    card: DataSetCard
    load: Load
    sources: tuple[Fetch, ...]


ENTRIES: dict[str, Entry] = {}


def register_data_set(card: DataSetCard, *sources: Fetch) -> Callable[[Load], Load]:
    """Register a loader `(card, protocol, folder) -> DataSet` under `card.name`.

    Args:
        card: its card.
        sources: functions `(folder) -> None` that put the files into an empty folder; tried in this order.

    Raises:
        ValueError: the name is taken, or a made-up data set does not say so in its title.
        UnknownName: the task is unknown.
    """
    if card.task not in TASKS:
        raise UnknownName("task", card.task, TASKS)
    if card.name in ENTRIES:
        raise ValueError(f"A data set named {card.name!r} is registered already; choose another name.")
    if card.synthetic != card.title.startswith("SYNTHETIC"):
        raise ValueError(f"{card.name}: the title starts with SYNTHETIC when, and only when, the data are made up.")

    def register(load: Load) -> Load:
        ENTRIES[card.name] = Entry(card, load, sources)
        return load

    return register


def list_datasets() -> list[str]:
    """Names of all data sets, in alphabetical order."""
    return sorted(ENTRIES)


def entry(name: str) -> Entry:
    """The registered data set of this name; raises UnknownName."""
    if name not in ENTRIES:
        raise UnknownName("data set", name, ENTRIES)
    return ENTRIES[name]


def dataset_card(name: str) -> DataSetCard:
    """The card of a data set.

    Raises:
        UnknownName: nothing is registered under the name.

    Example:
        >>> dataset_card("ml-100k").task
        'ranking'
    """
    return entry(name).card


def split_name(spec: str) -> tuple[DataSetCard, str]:
    """Card and protocol of "name" or "name:protocol"; raises UnknownName."""
    name, _, protocol = spec.partition(":")
    card = dataset_card(name)
    protocol = protocol or card.default_protocol
    if protocol not in card.protocols:
        raise UnknownName(f"protocol of {name}", protocol, card.protocols)
    return card, protocol
