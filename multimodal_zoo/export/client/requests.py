"""Records as dicts into named columns, one array for each input of the signature, gaps filled with the empty value.

The empty value of a string is "", of a float NaN, of a list the empty list; lists are filled up with "", rows of
numbers with NaN, to the longest of the batch. The serving graph reads each of them as absent.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multimodal_zoo.export.client.errors import RecordError
from multimodal_zoo.export.client.signatures import BYTES_SUFFIX, TensorSpec


def columns_of(
    records: Iterable[Mapping[str, Any]], inputs: Mapping[str, TensorSpec], may_lack: bool = True
) -> dict[str, np.ndarray]:
    """Stack records into one array for each input.

    Args:
        records: dicts from the name of an input to its value; an input that ends in `_bytes` also goes by its name
            without that. A missing key or None is an absent modality. Bytes may be given as a `Path`; a plain string
            is never read as one, for records may come from strangers.
        inputs: the inputs of the signature by name.
        may_lack: whether a record may lack an input; preprocessed tensors have no empty value.

    Returns:
        Arrays `(batch, ...)` by the name of the input: of the input's type, or of objects (str and bytes) for strings.

    Raises:
        RecordError: a key that is no input, or a value that does not fit one.

    Example:
        >>> tags = TensorSpec("tags", "string", (None, None))
        >>> columns_of([{"tags": ["a", "b"]}, {}], {"tags": tags})["tags"].tolist()
        [['a', 'b'], ['', '']]
    """
    if isinstance(records, Mapping):
        raise RecordError("Got one record, expected a list of them: put it in brackets.")
    rows = [by_input_name(record, inputs, number) for number, record in enumerate(records)]
    if not may_lack:
        for number, row in enumerate(rows):
            lacking = [name for name in inputs if row.get(name) is None]
            if lacking:
                raise RecordError(
                    f"Record {number} lacks {', '.join(lacking)}. This signature takes preprocessed tensors, which "
                    "have no empty value: give each of them, or use a signature that takes raw records."
                )
    make = {True: string_column, False: number_column}
    return {name: make[spec.dtype == "string"]([row.get(name) for row in rows], spec) for name, spec in inputs.items()}


def by_input_name(record: Mapping[str, Any], inputs: Mapping[str, TensorSpec], number: int) -> dict[str, Any]:
    """The record with its keys spelled as the inputs are."""
    if not isinstance(record, Mapping):
        raise RecordError(f"Record {number} is a {type(record).__name__}, expected a dict with {', '.join(inputs)}.")
    row: dict[str, Any] = {}
    for key, value in record.items():
        name = key if key in inputs else f"{key}{BYTES_SUFFIX}"
        if name not in inputs:
            raise RecordError(f"Record {number} has the unknown key {key!r}. The model takes: {', '.join(inputs)}.")
        if name in row:
            raise RecordError(f"Record {number} gives {name} twice, with and without {BYTES_SUFFIX!r}: leave one out.")
        row[name] = value
    return row


def string_column(values: Sequence[Any], spec: TensorSpec) -> np.ndarray:
    """Strings or bytes, or lists of them, as an array of objects."""
    shape = spec.record_shape
    if shape is None:
        shape = (None,) if any(isinstance(value, (list, tuple, np.ndarray)) for value in values) else ()
    if all(size == 1 for size in shape):
        flat = [string_value(value, spec, number) for number, value in enumerate(values)]
        return objects(flat, (len(flat), *(1 for _ in shape)))
    if len(shape) != 1:
        raise RecordError(f"The input {spec.name} has the shape {spec.shape}: strings go up to lists, (batch, length).")
    lists = [string_list(value, spec, number) for number, value in enumerate(values)]
    longest = max([1, *(len(one) for one in lists)])
    length = shape[0]
    if length is not None and longest > length:
        number = [len(one) for one in lists].index(longest)
        raise RecordError(f"Record {number} has {longest} values in {spec.name}, which takes {length} at most.")
    length = length or longest
    flat = [value for one in lists for value in one + [string_value(None, spec, 0)] * (length - len(one))]
    return objects(flat, (len(lists), length))


def objects(values: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray:
    """An array of objects; NumPy would otherwise cut zero bytes off the end of bytes."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array.reshape(shape)


def string_list(value: Any, spec: TensorSpec, number: int) -> list[str | bytes]:
    """The values of one record in a list input; None and empty strings inside are left out."""
    if value is None:
        return []
    if not isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        value = [value]
    return [
        string_value(one, spec, number) for one in value if one is not None and not (isinstance(one, str) and one == "")
    ]


def string_value(value: Any, spec: TensorSpec, number: int) -> str | bytes:
    """One string or one bytes; integers are written out, as ids are."""
    carries_bytes = spec.name.endswith(BYTES_SUFFIX)
    if value is None or (isinstance(value, str) and value == ""):
        return b"" if carries_bytes else ""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if carries_bytes:
        if isinstance(value, os.PathLike):
            return Path(value).read_bytes()
        raise RecordError(
            f"Record {number}: {spec.name} takes bytes, got {type(value).__name__}. "
            "Give the content of the file, or the file as a pathlib.Path."
        )
    if isinstance(value, (int, float, np.integer, np.floating)) and math.isfinite(value):
        return str(value)
    if not isinstance(value, str):
        raise RecordError(f"Record {number}: {spec.name} takes a string, got {type(value).__name__} {value!r:.60}.")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RecordError(
            f"Record {number}: {spec.name} has a character that UTF-8 cannot write ({error.reason}) "
            f"at position {error.start}. Give bytes, or clean the text."
        ) from error
    return str(value)


def number_column(values: Sequence[Any], spec: TensorSpec) -> np.ndarray:
    """Numbers of the input's type; an absent float is NaN, and so are the rows that a shorter record lacks."""
    arrays = [None if is_empty(value) else number_array(value, spec, number) for number, value in enumerate(values)]
    if spec.record_shape and spec.record_shape[0] is None and np.dtype(spec.dtype).kind == "f":
        longest = max([1, *(len(array) for array in arrays if array is not None)])
        arrays = [None if array is None else filled_up(array, longest) for array in arrays]
    shapes = {array.shape for array in arrays if array is not None}
    if len(shapes) > 1:
        raise RecordError(f"The records give {spec.name} in different shapes: {', '.join(map(str, sorted(shapes)))}.")
    shape = next(iter(shapes), tuple(size or 1 for size in spec.record_shape or ()))
    if any(array is None for array in arrays) and np.dtype(spec.dtype).kind != "f":
        number = next(number for number, array in enumerate(arrays) if array is None)
        raise RecordError(f"Record {number} lacks {spec.name}, and {spec.dtype} has no empty value: give it.")
    return np.stack([np.full(shape, np.nan, spec.dtype) if array is None else array for array in arrays])


def filled_up(array: np.ndarray, rows: int) -> np.ndarray:
    """The array with rows of NaN behind its own."""
    missing = np.full((rows - len(array), *array.shape[1:]), np.nan, array.dtype)
    return np.concatenate([array, missing])


def is_empty(value: Any) -> bool:
    """Whether a record gives no number."""
    if isinstance(value, np.ndarray):
        return value.size == 0
    if isinstance(value, (str, list, tuple)):
        return not (value.strip() if isinstance(value, str) else value)
    return value is None


def number_array(value: Any, spec: TensorSpec, number: int) -> np.ndarray:
    """One record's numbers in the shape of the input."""
    try:
        given = np.asarray(value)
        with np.errstate(over="raise", invalid="raise"):
            array = given.astype(spec.dtype)
    except (TypeError, ValueError, ArithmeticError):
        raise RecordError(f"Record {number}: {spec.name} takes {spec.dtype}, got {value!r:.60}.") from None
    # A fraction or a number too large would otherwise be bent into a different one.
    if array.dtype.kind in "iu" and given.dtype.kind in "fiu" and not np.array_equal(given, array):
        raise RecordError(f"Record {number}: {spec.name} takes {spec.dtype}, which cannot hold {value!r:.60}.")
    wanted = spec.record_shape
    if wanted is None:
        return array
    known = tuple(size for size in wanted if size is not None)
    if known == wanted and array.size == math.prod(known) and (array.ndim <= 1 or len(known) <= 1):
        return array.reshape(known)
    if wanted == (None, 1) and array.ndim == 1:
        return array[:, None]
    fits = array.ndim == len(wanted) and all(size in (None, got) for size, got in zip(wanted, array.shape, strict=True))
    if not fits:
        raise RecordError(f"Record {number}: {spec.name} takes the shape {wanted}, got {array.shape}.")
    return array
