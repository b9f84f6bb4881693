"""Golden requests: a few requests and the answers the network gave them, kept beside its SavedModel.

`assets.extra/golden_requests.json` is for people and for `check_artefact`; a model server does not read it.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from multimodal_zoo.modalities import Modality, batch_records
from multimodal_zoo.training.bundle import write_json

GOLDEN_REQUESTS = "assets.extra/golden_requests.json"


class GoldenRequestsError(ValueError):
    """A file of golden requests that cannot be read."""


@dataclasses.dataclass(frozen=True)
class GoldenRequest:
    """One request for `serving_default` and its answer.

    Args:
        title: what is particular to it.
        inputs: value by input, without the batch: bytes or str, lists, numbers; NaN where a number is absent.
        answer: value by output, without the batch: str, bool, numbers and lists of them.
    """

    title: str
    inputs: dict[str, Any]
    answer: dict[str, Any]


def example_records(modalities: Mapping[str, Modality]) -> dict[str, dict[str, Any]]:
    """Made-up records by title: two with everything, one with each modality alone, one with nothing at all."""
    whole = {name: modality.example(0) for name, modality in modalities.items()}
    return {
        "everything": whole,
        "everything, another one": {name: modality.example(1) for name, modality in modalities.items()},
        **{f"{name} alone": {name: value} for name, value in whole.items()},
        "nothing": {},
    }


def raw_inputs(modalities: Mapping[str, Modality], record: Mapping[str, Any]) -> dict[str, tf.Tensor]:
    """A record as the raw inputs of a signature, a batch of one."""
    return {modalities[name].raw_name(name): raw for name, raw in batch_records(modalities, [record]).items()}


def write_golden_requests(
    folder: Path,
    modalities: Mapping[str, Modality],
    serve: Callable[..., Mapping[str, tf.Tensor]],
    records: Iterable[Mapping[str, Any]] = (),
) -> Path:
    """Answer example records, and records of one's own, and keep requests and answers in the folder of a SavedModel.

    Args:
        folder: of the version.
        modalities: fitted, by name.
        serve: from raw inputs, batched, to the answer, as the network in memory gives it.
        records: raw values by modality. They are stored as they are, for everyone who gets the SavedModel.

    Returns:
        The file.
    """
    titled = example_records(modalities) | {f"record {row}": dict(record) for row, record in enumerate(records)}
    requests = []
    for title, record in titled.items():
        inputs = raw_inputs(modalities, record)
        answer = serve(**inputs)
        requests.append(
            {
                "title": title,
                "inputs": {name: readable(first(raw), name.endswith("_bytes")) for name, raw in inputs.items()},
                "answer": {name: readable(first(value)) for name, value in sorted(answer.items())},
            }
        )
    path = folder / GOLDEN_REQUESTS
    path.parent.mkdir(exist_ok=True)
    write_json(path, {"signature": "serving_default", "requests": requests})
    return path


def first(batch: tf.Tensor) -> Any:
    """The only row of a batch of one, as Python values."""
    (row,) = batch.numpy().tolist()
    return row


def readable(value: Any, as_bytes: bool = False) -> Any:
    """A value as JSON holds it: text as text, other bytes as TF Serving's REST takes them, NaN as null."""
    if isinstance(value, list):
        return [readable(one, as_bytes) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if not isinstance(value, bytes):
        return value
    try:
        if not as_bytes:
            return value.decode()
    except UnicodeDecodeError:
        pass
    return {"b64": base64.b64encode(value).decode()}


def raw(value: Any) -> Any:
    """The value that `readable` wrote."""
    if isinstance(value, list):
        return [raw(one) for one in value]
    if isinstance(value, dict):
        return base64.b64decode(value["b64"], validate=True)
    return math.nan if value is None else value


def read_golden_requests(folder: Path) -> list[GoldenRequest]:
    """The golden requests in the folder of a SavedModel; none where it has no such file.

    Raises:
        GoldenRequestsError: the file is there and is not as `write_golden_requests` writes it.
    """
    path = folder / GOLDEN_REQUESTS
    if not path.is_file():
        return []
    try:
        requests = json.loads(path.read_text(encoding="utf-8"))["requests"]
        return [
            GoldenRequest(
                str(one["title"]),
                {str(name): raw(value) for name, value in one["inputs"].items()},
                {str(name): raw(value) for name, value in one["answer"].items()},
            )
            for one in requests
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GoldenRequestsError(f"{path} holds no golden requests ({error!r}). Export the model anew.") from None
