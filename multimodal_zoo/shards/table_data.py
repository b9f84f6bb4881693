"""Files of rows as a source of shards: which row belongs to which split, and what is read when."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multimodal_zoo.datasets import SPLITS, DataSetCard
from multimodal_zoo.shards.shard_index import ShardError, modalities_from_json, modalities_to_json
from multimodal_zoo.shards.table_file import TableFile, table_file
from multimodal_zoo.shards.table_schema import TableSchema, read_schema


@dataclasses.dataclass(frozen=True)
class TablePart:
    """Some rows of some files; they are read by whoever writes the shard, and travel as their keys."""

    # The schema without its modalities, and these as JSON: what they traced does not travel between processes.
    schema: TableSchema
    modalities: dict[str, Any]
    rows: tuple[tuple[Path, np.ndarray], ...]

    def records(self) -> Iterator[tuple[dict[str, Any], Any]]:
        schema = dataclasses.replace(self.schema, modalities=modalities_from_json(self.modalities))
        for path, keys in self.rows:
            file = table_file(path)
            for key, row in file.read(keys):
                try:
                    yield schema.record(row, path.parent)
                except ValueError as error:
                    raise file.error(key, str(error)) from error


class TableData:
    """Rows of files with a schema: what `write_shards` cuts; see `read_tables`."""

    protocol = "files"

    def __init__(self, files: Sequence[Path], schema: TableSchema) -> None:
        self.files, self.schema = tuple(files), schema
        self.modalities, self.class_names, self.label = schema.modalities, schema.class_names, schema.label
        how = f"column {schema.split!r}" if schema.split else "one file or more for each split"
        self.card = DataSetCard(
            name=schema.name,
            title=schema.about.get("title", schema.name),
            task=schema.task,
            licence=schema.about.get("licence", "unknown"),
            source=schema.about.get("source", "files"),
            citation="",
            protocols={self.protocol: how},
        )
        # Of each split the number of the file and the key of every row.
        found: dict[str, list[np.ndarray]] = {name: [] for name in SPLITS}
        for number, path in enumerate(self.files):
            for split, keys in rows_by_split(table_file(path), schema.split).items():
                found[split].append(np.stack([np.full_like(keys, number), keys], axis=1))
        empty = np.zeros((0, 2), np.int64)
        self.rows = {split: np.concatenate([empty, *parts]) for split, parts in found.items()}

    def sizes(self) -> dict[str, int]:
        return {split: len(rows) for split, rows in self.rows.items()}

    def part(self, split: str, start: int, stop: int) -> TablePart:
        chosen = self.rows[split][start:stop]
        files = np.unique(chosen[:, 0])
        rows = tuple((self.files[number], chosen[chosen[:, 0] == number, 1]) for number in files)
        bare = dataclasses.replace(self.schema, modalities={})
        return TablePart(bare, modalities_to_json(self.modalities), rows)

    def identity(self) -> dict[str, Any]:
        schema = {field: getattr(self.schema, field) for field in ("columns", "label_column", "split")}
        stamps = [(str(path.resolve()), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in self.files]
        return {"schema": schema, "files": [list(one) for one in stamps]}


def rows_by_split(file: TableFile, column: str | None) -> dict[str, np.ndarray]:
    """The keys of the rows of each split in a file.

    Raises:
        ShardError: a row belongs to no split, or the name of the file tells none.
    """
    keys, values = file.scan(column)
    if values is None:
        named = [split for split in SPLITS if file.path.name.startswith(split)]
        if not named:
            raise ShardError(
                f"{file.path} tells no split: let its name begin with one of {', '.join(SPLITS)}, or name a column in "
                'the schema, as "split": "column".'
            )
        return {named[0]: keys}
    for key, value in zip(keys, values, strict=True):
        if value not in SPLITS:
            raise file.error(int(key), f"{value!r} in the column {column!r} is no split; they are {', '.join(SPLITS)}")
    named_splits = np.array(values)
    return {split: keys[named_splits == split] for split in SPLITS}


def read_tables(
    files: Sequence[str | os.PathLike[str]], schema: Mapping[str, Any] | str | os.PathLike[str]
) -> TableData:
    """CSV, JSON lines or Parquet files as data for `write_shards`; their content is read while shards are written.

    Args:
        files: `.csv` (the first row names the columns), `.jsonl` or `.parquet` (needs the extra `parquet`). Without
            `split` in the schema, the name of each begins with its split: `train-1.csv`.
        schema: see `read_schema`. A picture or a sound is a path, relative to the file, or bytes; a list is a JSON
            list, or values between commas; an empty cell is an absent modality.

    Raises:
        ShardError: a file or the schema cannot be read.
        ImportError: the extra is not installed.

    Example:
        >>> write_shards(read_tables(["train.csv", "validation.csv"], "schema.json"), "shards/films", shards=8)
    """
    return TableData([Path(file) for file in files], read_schema(schema))
