"""The index of sharded data: what a record holds, and which files hold how many of them."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from multimodal_zoo.datasets import DataSetCard
from multimodal_zoo.modalities import Modality

INDEX = "index.json"
FORMAT, VERSION = "multimodal-zoo shards", 1


class ShardError(ValueError):
    """Shards that cannot be written or read as asked; the message says what to do."""


@dataclasses.dataclass(frozen=True)
class Shard:
    """One TFRecord file: its name in the folder, how many records and bytes it has, and its SHA-256."""

    file: str
    records: int
    bytes: int
    sha256: str


@dataclasses.dataclass(frozen=True)
class Label:
    """The label of one record: a NumPy type such as "int32", and a shape, `()` for one number."""

    dtype: str
    shape: tuple[int, ...] = ()

    @classmethod
    def of(cls, labels: np.ndarray) -> Label:
        """What the labels `(records, ...)` of a split are."""
        return cls(labels.dtype.name, labels.shape[1:])


@dataclasses.dataclass(frozen=True)
class ShardIndex:
    """What a folder of shards holds.

    Args:
        card: of the data set.
        protocol: of the data set: how its splits were made.
        modalities: declared modalities by name, as the data set has them.
        class_names: names of the classes, or `()`.
        label: type and shape of one label.
        settings: what the records and their order depend on beside that.
        splits: split -> its shards in order.
    """

    card: DataSetCard
    protocol: str
    modalities: dict[str, Modality]
    class_names: tuple[str, ...]
    label: Label
    settings: dict[str, Any]
    splits: dict[str, tuple[Shard, ...]]

    def records(self, split: str) -> int:
        """How many records a split has."""
        return sum(shard.records for shard in self.splits[split])

    def to_json(self) -> dict[str, Any]:
        """The JSON document; besides what it takes to read it back, the features of a record for other readers."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "data": dataclasses.asdict(self.card),
            "protocol": self.protocol,
            "modalities": modalities_to_json(self.modalities),
            "class_names": list(self.class_names),
            "label": dataclasses.asdict(self.label),
            "features": {
                one.raw_name(name): {"dtype": one.raw_dtype.name, "shape": list(one.raw_shape)}
                for name, one in self.modalities.items()
            },
            "settings": self.settings,
            "splits": {
                name: {"records": self.records(name), "shards": [dataclasses.asdict(one) for one in shards]}
                for name, shards in self.splits.items()
            },
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ShardIndex:
        """The index that `to_json` wrote."""
        splits = {
            name: tuple(Shard(**shard) for shard in split["shards"]) for name, split in document["splits"].items()
        }
        return cls(
            card_from_json(document["data"]),
            document["protocol"],
            modalities_from_json(document["modalities"]),
            tuple(document["class_names"]),
            Label(document["label"]["dtype"], tuple(document["label"]["shape"])),
            document["settings"],
            splits,
        )


def modalities_to_json(modalities: Mapping[str, Modality]) -> dict[str, Any]:
    """Each declared modality, and what it has learned already."""
    return {name: {**one.to_config(), "learned": one.learned_state()} for name, one in modalities.items()}


def modalities_from_json(document: Mapping[str, Mapping[str, Any]]) -> dict[str, Modality]:
    """The modalities that `modalities_to_json` wrote."""
    found = {}
    for name, config in document.items():
        config = dict(config)
        learned = config.pop("learned", None)
        found[name] = Modality.from_config(config, learned)
    return found


def card_from_json(document: Mapping[str, Any]) -> DataSetCard:
    """A card as `dataclasses.asdict` and JSON leave it."""
    return DataSetCard(**{**document, "required": tuple(document.get("required", ()))})


def read_index(folder: str | os.PathLike[str]) -> ShardIndex:
    """The index of a folder of shards.

    Raises:
        ShardError: there is none, its writing was interrupted, or it is of another format.
    """
    path = Path(folder) / INDEX
    if not path.is_file():
        raise ShardError(
            f"There are no finished shards in {folder}: {INDEX} is missing. Write them with `write_shards` or "
            "`multimodal-zoo shard`; an interrupted writing goes on when it is started again."
        )
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if (document["format"], document["version"]) != (FORMAT, VERSION):
            raise ValueError(f"it is {document['format']!r}, version {document['version']!r}")
        return ShardIndex.from_json(document)
    except (ValueError, KeyError, TypeError) as error:
        raise ShardError(
            f"{path} is no index of {FORMAT}, version {VERSION}: {error}. Write the shards again."
        ) from error


def write_json(path: Path, document: Any) -> None:
    """Write a JSON file beside and rename it: it is there as a whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(beside, path)
