"""Raw records with their labels, column by column."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.registry import UnknownName


@dataclasses.dataclass(frozen=True)
class Records:
    """One split of a data set: raw values as a person has them, one column per modality.

    Args:
        columns: name -> `(records,)` object array of bytes, str, list of str or of bytes, or `(rows, features)` float
            arrays; or `(records, size)` or `(records, rows, features)` float32. Absent values are `b""`, `""`, `[]`,
            arrays without rows, and NaN.
        labels: `(records,)` int32 class numbers, or float32 clicks (0 or 1), ratings and the like; `(records, outputs)`
            float32 where there are several numbers to tell; `(records, longest)` int32 character numbers of
            transcripts, filled up with 0; `(records, captions, longest)` int32 word numbers of captions, filled up with
            0; `(records, height, width, channels)` float32 pictures to be generated.

    Raises:
        ValueError: a column has another number of rows than the labels.

    Example:
        >>> records = Records({"report": column(["clear", ""])}, np.array([0, 1]))
        >>> records[0]
        ({'report': 'clear'}, 0)
    """

    columns: dict[str, np.ndarray]
    labels: np.ndarray

    def __post_init__(self) -> None:
        for name, values in self.columns.items():
            if len(values) != len(self.labels):
                raise ValueError(
                    f"Column {name!r} has {len(values)} rows and there are {len(self.labels)} labels; give "
                    "one value per record, the empty one where the modality is absent."
                )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[dict[str, Any], Any]:
        return {name: values[index] for name, values in self.columns.items()}, self.labels[index].tolist()

    def __iter__(self) -> Iterator[tuple[dict[str, Any], Any]]:
        return (self[index] for index in range(len(self)))

    def take(self, indices: Iterable[int] | np.ndarray) -> Records:
        """The records at these positions, in this order; positions or a boolean mask.

        Example:
            >>> len(records.take([0, 0, 1]))
            3
        """
        chosen = np.asarray(indices if isinstance(indices, np.ndarray) else list(indices))
        chosen = chosen if chosen.dtype == bool else chosen.astype(np.int64)
        return Records({name: values[chosen] for name, values in self.columns.items()}, self.labels[chosen])

    def without(self, *names: str) -> Records:
        """The same records without these columns: a missing key is an absent modality.

        Raises:
            UnknownName: there is no such column.
        """
        for name in names:
            if name not in self.columns:
                raise UnknownName("modality", name, self.columns)
        kept = {name: values for name, values in self.columns.items() if name not in names}
        return Records(kept, self.labels)

    def dataset(self) -> tf.data.Dataset:
        """A `tf.data.Dataset` of (dict of raw values, label), one record at a time and in order.

        Returns:
            Scalar strings for bytes and str, 1-D strings for lists, `(size,)` float32 for numbers, `(rows, features)`
            float32 for rows of numbers.
        """
        plain: dict[str, Any] = {}
        flat: dict[str, tf.Tensor] = {}
        for name, values in self.columns.items():
            if values.dtype != object:
                plain[name] = values
            elif len(values) and isinstance(values[0], (list, tuple, np.ndarray)):
                # One flat tensor and the bounds of each row: ragged elements cannot be padded into batches.
                if isinstance(values[0], np.ndarray):
                    flat[name] = tf.constant(np.concatenate(list(values)), tf.float32)
                else:
                    flat[name] = tf.constant(list(itertools.chain.from_iterable(values)), tf.string)
                ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))
                plain[name] = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)
            else:
                plain[name] = tf.constant(values.tolist(), tf.string)
        data = tf.data.Dataset.from_tensor_slices((plain, self.labels))
        if not flat:
            return data

        def cut(record: dict[str, tf.Tensor], label: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            lists = {name: values[record[name][0] : record[name][1]] for name, values in flat.items()}
            return {**record, **lists}, label

        return data.map(cut)

    def digest(self) -> str:
        """SHA-256 over all values and labels in order: two splits with one digest hold the same records."""
        total = hashlib.sha256()
        for name in sorted(self.columns):
            total.update(name.encode() + b"\0")
            for value in self.columns[name]:
                content = content_bytes(value)
                total.update(len(content).to_bytes(8, "little") + content)
        total.update(np.ascontiguousarray(self.labels, "<f8").tobytes())
        return total.hexdigest()


def content_bytes(value: Any) -> bytes:
    """One raw value as bytes, so that different values differ."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (list, tuple)):
        if value and isinstance(value[0], bytes):
            # Each with its length: any byte may stand in a frame.
            return b"".join(len(one).to_bytes(8, "little") + one for one in value)
        return "\0".join(value).encode()
    return np.ascontiguousarray(value, "<f4").tobytes()


def column(values: Iterable[Any]) -> np.ndarray:
    """Bytes, strings, lists or arrays as a `(records,)` object array.

    Example:
        >>> column([["drama"], ["war", "drama"]]).shape
        (2,)
    """
    values = list(values)
    array = np.empty(len(values), object)
    # Cell by cell: NumPy would make a matrix of lists that happen to be equally long.
    for number, value in enumerate(values):
        array[number] = value
    return array
