"""Warm-up requests: what the server answers for itself before it lets a new version answer clients."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.export.serving_folder.protos import official
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError
from multimodal_zoo.export.serving_folder.signatures import SignatureTensor, read_signatures
from multimodal_zoo.training.bundle import MANIFEST, read_json, sha256, write_json

WARM_UP = "assets.extra/tf_serving_warmup_requests"
MOST_RECORDS = 1000


def write_warm_up(
    version_folder: str | os.PathLike[str],
    model_name: str,
    raw_records: Iterable[Mapping[str, Any]],
    signature: str = "serving_default",
) -> Path:
    """Write raw records as warm-up requests into an exported SavedModel.

    Args:
        version_folder: as `export_bundle` wrote it, such as `saved_models/deepfm/1`.
        model_name: the name under which the model is served.
        raw_records: 1 to 1000 records; of each the raw value by input of the signature (`image_bytes`, not `image`),
            without the batch. A string input that is missing is absent: the empty string.
        signature: the signature that is asked.

    Returns:
        The file. It is written beside and renamed, one request with a batch of one for each record, and listed in the
        manifest of the export, where there is one.

    Raises:
        ServingFolderError: no SavedModel, no such signature, no record or more than 1000, an unknown or missing input,
            a value that does not fit, or a file that is already there and not from here.
        ImportError: `tensorflow-serving-api` is not installed.

    Example:
        >>> write_warm_up("saved_models/lstnet_diagnosis/1", "lstnet_diagnosis", [{"report": "clear lungs"}])
    """
    folder = Path(version_folder)
    signatures = read_signatures(folder)
    if signature not in signatures:
        raise ServingFolderError(
            f"{folder} has no signature {signature!r} with inputs. It has: {', '.join(signatures) or 'none'}."
        )
    inputs = signatures[signature]
    log = official("apis.prediction_log_pb2").PredictionLog
    requests: list[bytes] = []
    for row, record in enumerate(raw_records):
        if row == MOST_RECORDS:
            raise ServingFolderError(
                f"More than {MOST_RECORDS} warm-up records for {model_name}: the server refuses to load a version with "
                "more. Choose fewer; a handful of typical ones is enough."
            )
        one = log()
        request = one.predict_log.request
        request.model_spec.name = model_name
        request.model_spec.signature_name = signature
        for name, value in complete(record, inputs, row).items():
            request.inputs[name].CopyFrom(tensor(value, inputs[name], f"warm-up record {row}, input {name!r}"))
        requests.append(one.SerializeToString())
    if not requests:
        raise ServingFolderError(f"There is no warm-up record for {model_name}. Give at least one.")
    path = folder / WARM_UP
    refuse_foreign(folder, path)
    path.parent.mkdir(exist_ok=True)
    handle, new = tempfile.mkstemp(prefix=".warm-up-", dir=path.parent)
    os.close(handle)
    try:
        with tf.io.TFRecordWriter(new) as writer:
            for request in requests:
                writer.write(request)
        os.chmod(new, 0o644)
        os.replace(new, path)
    finally:
        Path(new).unlink(missing_ok=True)
    list_in_manifest(folder, path)
    return path


def complete(record: Mapping[str, Any], inputs: Mapping[str, SignatureTensor], row: int) -> dict[str, Any]:
    """The record with what is missing filled in as absent.

    Raises:
        ServingFolderError: an input that the signature does not have, or a missing one that is no string.
    """
    expected = ", ".join(inputs)
    for name in record:
        if name not in inputs:
            raise ServingFolderError(
                f"Warm-up record {row} has the unknown input {name!r}. The signature takes: {expected}."
            )
    values = {}
    for name, one in inputs.items():
        if name in record:
            values[name] = record[name]
        elif one.dtype == tf.string:
            values[name] = [""] if len(one.shape) == 2 else ""
        else:
            raise ServingFolderError(
                f"Warm-up record {row} lacks the input {name!r} ({one.dtype.name}, shape {one.shape[1:]}), and only "
                f"strings can be left out. The signature takes: {expected}."
            )
    return values


def tensor(value: Any, expected: SignatureTensor, where: str) -> Any:
    """A `TensorProto` with a batch of one.

    Raises:
        ServingFolderError: the value has another type or shape.
    """
    wanted = f"{expected.dtype.name} of shape {expected.shape[1:]}"
    plain = value.numpy() if isinstance(value, tf.Tensor) else value
    # A list with an array in it is no tensor to TensorFlow.
    plain = plain.tolist() if isinstance(plain, (np.ndarray, np.generic)) else plain
    try:
        proto = tf.make_tensor_proto([plain], expected.dtype)
    except (TypeError, ValueError) as error:
        raise ServingFolderError(f"{where}: {type(value).__name__} came, {wanted} was expected ({error}).") from error
    shape = tf.TensorShape(proto.tensor_shape)
    if not shape.is_compatible_with(expected.shape):
        raise ServingFolderError(f"{where}: the shape {tuple(shape.as_list()[1:])} came, {wanted} was expected.")
    return proto


def refuse_foreign(folder: Path, path: Path) -> None:
    """Raise where `path` exists and the manifest of the export does not list it as it is."""
    if not path.exists():
        return
    manifest = folder / MANIFEST
    listed = read_json(manifest)["sha256"] if manifest.is_file() else {}
    if not path.is_file() or listed.get(WARM_UP) != sha256(path):
        raise ServingFolderError(
            f"{path} exists and was not written by multimodal_zoo (the {MANIFEST} of {folder} does not list it as it "
            "is). Move it away or remove it."
        )


def list_in_manifest(folder: Path, path: Path) -> None:
    """Add the hash of `path` to the manifest; the hashes of the other files stay as the export wrote them."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return
    hashes = {**read_json(manifest)["sha256"], path.relative_to(folder).as_posix(): sha256(path)}
    new = manifest.with_name(f".{MANIFEST}-new")
    write_json(new, {"sha256": dict(sorted(hashes.items()))})
    os.replace(new, manifest)
