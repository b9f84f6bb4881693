"""Logged requests of a served model as batches of raw values."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from multimodal_zoo.modalities import EXAMPLES, Modality, parse_examples, stack_raw

JSON_ENDINGS = (".json", ".jsonl", ".ndjson")


class UnreadableLog(ValueError):
    """A file that holds no logged requests."""


def read_requests(
    files: Iterable[str | os.PathLike[str]], modalities: Mapping[str, Modality]
) -> Iterator[dict[str, tf.Tensor]]:
    """The raw inputs of logged requests, one batch a request.

    Args:
        files: `.jsonl` with one REST body (`{"instances": [...]}` or `{"inputs": {...}}`, bytes as base64) a line, or
            the TFRecords of `PredictionLog` that TensorFlow Serving writes (needs the extra `serving`). Requests to
            `tf_example` are read like the others.
        modalities: of the bundle.

    Raises:
        UnreadableLog: naming file and line of what is no request to this model.

    Example:
        >>> for batch in read_requests(["requests.jsonl"], bundle.modalities): ...
    """
    for file in files:
        path = Path(file)
        if not path.is_file():
            raise UnreadableLog(f"There is no file {path}.")
        read = rest_bodies if path.suffix in JSON_ENDINGS else prediction_logs
        for place, columns in read(path):
            try:
                yield raw_batch(columns, modalities)
            except (ValueError, TypeError) as error:
                raise UnreadableLog(f"{place} is no request to this model: {error}") from error


def rest_bodies(path: Path) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    """Columns of each line of a file of REST bodies."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            place = f"{path}, line {number}"
            try:
                columns = columns_of(json.loads(line))
            except ValueError as error:
                raise UnreadableLog(f"{place} is no REST body: {error}.") from error
            yield place, columns


def columns_of(body: Any) -> dict[str, list[Any]]:
    """The values of each input of a REST body, row by row."""
    rows = body.get("instances") if isinstance(body, dict) else None
    if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: [decoded(row.get(name)) for row in rows] for name in names}
    inputs = body.get("inputs") if isinstance(body, dict) else None
    if isinstance(inputs, dict) and inputs and all(isinstance(values, list) for values in inputs.values()):
        return {name: [decoded(value) for value in values] for name, values in inputs.items()}
    raise ValueError('expected {"instances": [{...}, ...]} or {"inputs": {name: [...], ...}}')


def decoded(value: Any) -> Any:
    """A JSON value with its base64 opened."""
    if isinstance(value, dict) and set(value) == {"b64"}:
        return base64.b64decode(value["b64"], validate=True)
    if isinstance(value, list):
        return [decoded(one) for one in value]
    return value


def prediction_logs(path: Path) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    """Columns of each request of a TFRecord of `PredictionLog`."""
    try:
        from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog
    except ImportError as error:
        raise ImportError(
            "Reading TensorFlow Serving's request log needs tensorflow-serving-api: "
            "pip install 'multimodal-zoo[serving]'."
        ) from error
    from google.protobuf.message import DecodeError

    try:
        for number, record in enumerate(tf.data.TFRecordDataset(str(path)).as_numpy_iterator(), 1):
            request = PredictionLog.FromString(record).predict_log.request
            yield (
                f"{path}, record {number}",
                {name: tf.make_ndarray(tensor).tolist() for name, tensor in request.inputs.items()},
            )
    except (tf.errors.DataLossError, DecodeError) as error:
        raise UnreadableLog(f"{path} is no TFRecord of PredictionLog, or was cut: {error}") from error


def raw_batch(columns: Mapping[str, list[Any]], modalities: Mapping[str, Modality]) -> dict[str, tf.Tensor]:
    """Raw values of each modality; an input that a request lacks is absent."""
    if set(columns) == {EXAMPLES}:
        return parse_examples(modalities, tf.constant(columns[EXAMPLES], tf.string))
    by_raw_name = {modality.raw_name(name): name for name, modality in modalities.items()}
    known = {by_raw_name[key]: values for key, values in columns.items() if key in by_raw_name}
    if not known:
        raise ValueError(f"its inputs are {', '.join(columns) or 'none'}, the model takes {', '.join(by_raw_name)}.")
    count = len(next(iter(known.values())))
    if any(len(values) != count for values in known.values()):
        raise ValueError("its inputs have different numbers of rows.")
    return stack_raw(
        modalities,
        [
            {
                name: raw_value(modality, known[name][row] if name in known else None)
                for name, modality in modalities.items()
            }
            for row in range(count)
        ],
    )


def raw_value(modality: Modality, value: Any) -> Any:
    """One logged value as the raw value of its modality. A text stands for itself: here it is never a file's name."""
    if modality.raw_dtype != tf.string:
        return modality.encode(value)
    if not modality.raw_shape:
        return "" if value is None else value
    return [one for one in value or [] if one not in (b"", "", None)]
