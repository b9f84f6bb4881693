"""The writing of one shard: a piece of work that any process can do, on this machine or another."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import tensorflow as tf

from multimodal_zoo.datasets import Records
from multimodal_zoo.shards.labelled_example import labelled_example
from multimodal_zoo.shards.shard_index import Label, Shard, ShardError, modalities_from_json, write_json

# What lies in the folder while shards are written: the settings, and a receipt for each finished shard.
WRITING = ".writing"


class Part(Protocol):
    """The records of one shard, such as a stretch of a file or of what is in memory."""

    def records(self) -> Iterator[tuple[dict[str, Any], Any]]:
        """Raw values by modality, and the label, record after record."""
        ...


@dataclasses.dataclass(frozen=True)
class RecordsPart:
    """Records that are in memory."""

    held: Records

    def records(self) -> Iterator[tuple[dict[str, Any], Any]]:
        for number in range(len(self.held)):
            yield self.held[number]


@dataclasses.dataclass(frozen=True)
class ShardJob:
    """One shard to be written.

    Args:
        folder: where the shards go; every process that works has to see it under this path.
        file: name of the shard.
        split: whose records it holds.
        part: the records.
        modalities: as JSON, since what a modality has traced does not travel between processes.
        label: type and shape of one label.
    """

    folder: str
    file: str
    split: str
    part: Part
    modalities: dict[str, Any]
    label: Label

    def write(self) -> Shard:
        """Write the shard beside, rename it and leave a receipt.

        Raises:
            ShardError: a record cannot be written; the message names the shard and its place in it.
        """
        folder, modalities = Path(self.folder), modalities_from_json(self.modalities)
        beside = folder / WRITING / f"{self.file}.{os.getpid()}"
        count = 0
        try:
            with tf.io.TFRecordWriter(str(beside)) as writer:
                for record, value in self.part.records():
                    writer.write(labelled_example(modalities, record, self.label, value))
                    count += 1
            shard = Shard(self.file, count, beside.stat().st_size, sha256_of(beside))
            os.replace(beside, folder / self.file)
        except (ValueError, TypeError, OSError) as error:
            raise ShardError(f"{self.file}, record {count} cannot be written: {error}") from error
        finally:
            beside.unlink(missing_ok=True)
        write_json(receipt(folder, self.file), dataclasses.asdict(shard))
        return shard

    def finished(self) -> Shard | None:
        """The shard, if an earlier writing has finished it."""
        folder = Path(self.folder)
        try:
            shard = Shard(**json.loads(receipt(folder, self.file).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return shard if is_there(folder, shard) else None


def is_there(folder: Path, shard: Shard) -> bool:
    """Whether the file of a shard lies in the folder, in its size."""
    path = folder / shard.file
    return path.is_file() and path.stat().st_size == shard.bytes


def receipt(folder: Path, file: str) -> Path:
    """What says that a shard is finished, until the index does."""
    return folder / WRITING / f"{file}.json"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
