"""What the columns of a table mean: which modality each is, and which the label."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from multimodal_zoo.datasets import SPLITS
from multimodal_zoo.modalities import Modality
from multimodal_zoo.registry import TASKS
from multimodal_zoo.shards.shard_index import Label, ShardError, modalities_from_json
from multimodal_zoo.unknown_name import UnknownName

KEYS = ("name", "task", "modalities", "columns", "label", "class_names", "split", "title", "licence", "source")
LISTS = ("multi_categorical", "id_sequence", "numeric")
FILES = ("image", "audio", "video")


@dataclasses.dataclass(frozen=True)
class TableSchema:
    """How a row becomes a record.

    Args:
        name: of the data set.
        task: one of `registry.TASKS`.
        modalities: by name.
        columns: modality -> column, where the names differ.
        label_column: the column of the label.
        label: its type and shape.
        class_names: a label is one of these, or its number; `()` where labels are numbers.
        split: the column that tells the split of a row; None where a file's name begins with that of its split.
        about: title, licence and source, as far as they are given.
    """

    name: str
    task: str
    modalities: dict[str, Modality]
    columns: dict[str, str]
    label_column: str
    label: Label
    class_names: tuple[str, ...]
    split: str | None
    about: dict[str, str]

    def record(self, row: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], Any]:
        """Raw values by modality and the label of a row; paths are relative to `folder`.

        Raises:
            ValueError, OSError: naming the column with a value that cannot be.
        """
        values = {}
        for name, modality in self.modalities.items():
            column = self.columns.get(name, name)
            if column not in row:
                raise ValueError(f"there is no column {column!r}, only {', '.join(map(repr, row))}")
            try:
                values[name] = modality.encode(raw_value(modality, row[column], folder))
            except (ValueError, TypeError, OSError) as error:
                raise ValueError(f"column {column!r}: {error}") from error
        if self.label_column not in row:
            raise ValueError(f"there is no column {self.label_column!r} for the label")
        try:
            return values, self.label_value(row[self.label_column])
        except (ValueError, TypeError) as error:
            raise ValueError(f"the label {row[self.label_column]!r:.80} in {self.label_column!r}: {error}") from error

    def label_value(self, value: Any) -> np.ndarray:
        """A label as it is trained on."""
        if self.class_names and value in self.class_names:
            return np.array(self.class_names.index(value), self.label.dtype)
        if isinstance(value, str):
            value = json.loads(value)
        label = np.asarray(value, "float64")
        if label.shape != self.label.shape or not np.isfinite(label).all():
            raise ValueError(f"expected {'numbers' if self.label.shape else 'a number'} of shape {self.label.shape}")
        if np.dtype(self.label.dtype).kind in "iu" and (label != np.round(label)).any():
            raise ValueError("expected a whole number")
        if self.class_names and not 0 <= label < len(self.class_names):
            raise ValueError(f"expected one of {', '.join(self.class_names)}, or its number")
        return label.astype(self.label.dtype)


def raw_value(modality: Modality, value: Any, folder: Path) -> Any:
    """What a modality takes, of the value of a cell: text, or what JSON or Parquet hold."""
    if value is None or value == "":
        return None
    if isinstance(value, Mapping):
        # As TensorFlow Serving's REST does, and as data sets of pictures often are in Parquet.
        if set(value) == {"b64"}:
            return base64.b64decode(value["b64"], validate=True)
        if "bytes" in value:
            return raw_value(modality, value["bytes"] or value.get("path"), folder)
        raise ValueError(f'expected {{"b64": ...}} or {{"bytes": ...}}, got the keys {", ".join(value)}')
    if isinstance(value, str):
        if modality.kind in ("series", "points") or (value.startswith("[") and modality.kind in (*LISTS, "video")):
            return raw_value(modality, json.loads(value), folder)
        if modality.kind in FILES:
            return (folder / value).read_bytes()
        if modality.kind in LISTS:
            return [part.strip() for part in value.split(",")]
    if modality.kind == "video" and isinstance(value, list):
        return [raw_value(modality, one, folder) for one in value]
    return value


def read_schema(schema: Mapping[str, Any] | str | os.PathLike[str]) -> TableSchema:
    """A schema from a JSON file or what stands in one.

    Args:
        schema: with the keys `name`, `task`, `modalities` (name -> `{"kind": ...}` and the arguments of that modality)
            and `label` (a column, or `{"column", "dtype", "shape"}`); and, as wanted, `class_names`, `columns`
            (modality -> column), `split` (a column), `title`, `licence`, `source`.

    Raises:
        ShardError: it is no such schema.

    Example:
        >>> read_schema(
        ...     {
        ...         "name": "films",
        ...         "task": "classification",
        ...         "modalities": {"poster": {"kind": "image", "height": 64, "width": 64}},
        ...         "label": "liked",
        ...         "class_names": ["no", "yes"],
        ...     }
        ... ).label
        Label(dtype='int32', shape=())
    """
    where = "The schema" if isinstance(schema, Mapping) else str(schema)
    try:
        told: Mapping[str, Any]
        told = schema if isinstance(schema, Mapping) else json.loads(Path(schema).read_text(encoding="utf-8"))
        for key in told:
            if key not in KEYS:
                raise UnknownName("key", key, KEYS)
        missing = [key for key in ("name", "task", "modalities", "label") if not told.get(key)]
        if missing:
            raise ValueError(f"{', '.join(missing)} is missing")
        if told["task"] not in TASKS:
            raise UnknownName("task", told["task"], TASKS)
        modalities = modalities_from_json(told["modalities"])
        label, names = told["label"], tuple(told.get("class_names", ()))
        label = {"column": label} if isinstance(label, str) else label
        usual = "int32" if names or told["task"] == "classification" else "float32"
        columns = dict(told.get("columns", {}))
        for name in columns:
            if name not in modalities:
                raise UnknownName("modality", name, modalities)
        return TableSchema(
            told["name"],
            told["task"],
            modalities,
            columns,
            label["column"],
            Label(np.dtype(label.get("dtype", usual)).name, tuple(label.get("shape", ()))),
            names,
            told.get("split"),
            {key: told[key] for key in ("title", "licence", "source") if key in told},
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ShardError(f"{where} is no schema of a table: {error}. Splits are {', '.join(SPLITS)}.") from error
