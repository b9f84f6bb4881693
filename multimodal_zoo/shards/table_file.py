"""Files with a record in each row, CSV, JSON lines and Parquet, read from any row on."""

from __future__ import annotations

import abc
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from multimodal_zoo.shards.shard_index import ShardError


class TableFile(abc.ABC):
    """A file of rows. A row is found again by its key: where it begins, in bytes or in rows."""

    # What a key counts, for messages.
    unit: str

    def __init__(self, path: Path) -> None:
        self.path = path

    @abc.abstractmethod
    def rows(self, start: int | None = None, columns: list[str] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Key and values by column of each row from the one with the key `start` on; `columns`, if only some matter."""

    def scan(self, column: str | None) -> tuple[np.ndarray, list[Any] | None]:
        """The keys of all rows, and what each has in a column."""
        keys, values = [], []
        for key, row in self.rows(columns=None if column is None else [column]):
            keys.append(key)
            if column is not None:
                if column not in row:
                    raise self.error(key, f"there is no column {column!r}, only {', '.join(map(repr, row))}")
                values.append(row[column])
        return np.array(keys, np.int64), values if column is not None else None

    def read(self, keys: np.ndarray) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows with these keys, which are in rising order."""
        wanted = iter(keys.tolist())
        key = next(wanted, None)
        if key is None:
            return
        for found, row in self.rows(start=key):
            if found == key:
                yield found, row
                key = next(wanted, None)
                if key is None:
                    return
        raise ShardError(f"{self.path} has changed while it was read.")

    def error(self, key: int, what: str) -> ShardError:
        """An error that names the row."""
        return ShardError(f"{self.path}, the row at {self.unit} {key}: {what}.")


class CsvFile(TableFile):
    """Comma-separated values in UTF-8; the first row names the columns."""

    unit = "byte"

    def rows(self, start: int | None = None, columns: list[str] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        header = next(self._cells(0), None)
        if header is None:
            raise ShardError(f"{self.path} is empty; its first row has to name the columns.")
        _, first, names = header
        for key, _, cells in self._cells(first if start is None else start):
            if not cells:
                continue
            if len(cells) != len(names):
                raise self.error(key, f"there are {len(cells)} cells, and {len(names)} columns")
            yield key, dict(zip(names, cells, strict=True))

    def _cells(self, start: int) -> Iterator[tuple[int, int, list[str]]]:
        """Where each row begins and ends, and its cells; a quoted cell may hold line breaks."""
        begin = end = start
        with self.path.open("rb") as file:
            file.seek(start)

            def lines() -> Iterator[str]:
                nonlocal end
                for line in file:
                    # Some programs put a mark before the first name, to say that this is UTF-8.
                    text = line.decode("utf-8" if end else "utf-8-sig")
                    end += len(line)
                    yield text

            reader = csv.reader(lines(), strict=True)
            while True:
                try:
                    cells = next(reader, None)
                except (csv.Error, UnicodeDecodeError) as error:
                    raise self.error(begin, f"it is no CSV in UTF-8 ({error})") from error
                if cells is None:
                    return
                yield begin, end, cells
                begin = end


class JsonLinesFile(TableFile):
    """A JSON object in each line; what is no text, such as a picture, is a path or `{"b64": ...}`."""

    unit = "byte"

    def rows(self, start: int | None = None, columns: list[str] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        with self.path.open("rb") as file:
            key = start or 0
            file.seek(key)
            for line in file:
                if line.strip():
                    try:
                        row = json.loads(line)
                    except ValueError as error:
                        raise self.error(key, f"it is no JSON ({error})") from error
                    if not isinstance(row, dict):
                        raise self.error(key, f"expected an object, got {line[:60].decode(errors='replace')!r}")
                    yield key, row
                key += len(line)


class ParquetFile(TableFile):
    """An Apache Parquet file."""

    unit = "row"

    def rows(self, start: int | None = None, columns: list[str] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        parquet = import_parquet()
        try:
            file = parquet.ParquetFile(self.path)
        except (OSError, ValueError) as error:
            raise ShardError(f"{self.path} is no Parquet file: {error}") from error
        if columns is not None:
            columns = [name for name in columns if name in file.schema_arrow.names]
        key, start = 0, start or 0
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            if key + size > start:
                for batch in file.iter_batches(batch_size=256, row_groups=[group], columns=columns):
                    # Rows of which no column is asked for count all the same.
                    for row in batch.to_pylist():
                        if key >= start:
                            yield key, row
                        key += 1
            else:
                key += size

    def scan(self, column: str | None) -> tuple[np.ndarray, list[Any] | None]:
        if column is None:
            return np.arange(import_parquet().read_metadata(self.path).num_rows), None
        return super().scan(column)


def import_parquet() -> Any:
    """The module pyarrow.parquet, or an ImportError that names the extra."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError("Reading Parquet files needs pyarrow: pip install 'multimodal-zoo[parquet]'.") from error
    return pyarrow.parquet


KINDS: dict[str, type[TableFile]] = {
    ".csv": CsvFile,
    ".jsonl": JsonLinesFile,
    ".ndjson": JsonLinesFile,
    ".parquet": ParquetFile,
}


def table_file(path: Path) -> TableFile:
    """The file as the ending of its name tells.

    Raises:
        ShardError: there is no such file, or its ending is none of the known ones.
    """
    if path.suffix not in KINDS:
        raise ShardError(f"{path}: expected a name that ends in {', '.join(KINDS)}.")
    if not path.is_file():
        raise ShardError(f"There is no file {path}.")
    return KINDS[path.suffix](path)
