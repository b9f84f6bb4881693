"""The model repository of a Triton Inference Server, from exported SavedModels."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from multimodal_zoo.export.serving_folder.served_models import ServedModel
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError
from multimodal_zoo.export.serving_folder.signatures import (
    SignatureTensor,
    batches_in_graph,
    read_outputs,
    read_signatures,
)
from multimodal_zoo.training.bundle import refuse_to_replace, written_beside

MODEL = Path(__file__).with_name("triton_model.py")
TYPES = {
    "bool": "TYPE_BOOL",
    "float32": "TYPE_FP32",
    "int32": "TYPE_INT32",
    "int64": "TYPE_INT64",
    "string": "TYPE_STRING",
}


def write_triton_model(
    repository: str | os.PathLike[str],
    saved_model: str | os.PathLike[str],
    name: str | None = None,
    *,
    signature: str = "serving_default",
    max_batch_size: int = 32,
    queue_delay_ms: float = 2.0,
) -> Path:
    """Write a model of Triton's Python backend that serves one signature of an export, with dynamic batching.

    The protocol knows no signatures: a further one is a further model, under a name of its own.

    Args:
        repository: Triton's `--model-repository`.
        saved_model: an export, such as `saved_models/deepfm/1`. A number at the end is the version, otherwise it is 1.
        name: of the model in requests; that of the folder above the version without it.
        signature: which one is served.
        max_batch_size: most rows in a batch, at least 1. Triton refuses a request with more.
        queue_delay_ms: how long a request waits for others, in milliseconds, at least 0.

    Returns:
        The folder of the model, `<repository>/<name>`: `config.pbtxt` and, for the version, `model.py` with a copy of
        the SavedModel. Where it runs, Triton's Python needs TensorFlow and NumPy. Values that are one a row, such as
        labels, are rows of one.

    Raises:
        ServingFolderError: no SavedModel, no such signature, one with a tensor that Triton has no type for, a setting
            out of range, or an export that batches inside its graph.
        BundleError: the version's folder is there and was not written here.

    Example:
        >>> write_triton_model("triton", "saved_models/lstnet_diagnosis/1")
        >>> write_triton_model("triton", "saved_models/lstnet_diagnosis/1", "explain", signature="explain")
    """
    saved_model = Path(saved_model).absolute()
    name = ServedModel(name or saved_model.parent.name).name
    config = config_text(saved_model, name, signature, max_batch_size, queue_delay_ms)
    folder = Path(repository) / name
    version = folder / (saved_model.name if saved_model.name.isdecimal() else "1")
    refuse_to_replace(version, "model.py")
    with written_beside(version) as new:
        shutil.copyfile(MODEL, new / "model.py")
        shutil.copytree(saved_model, new / "model.savedmodel")
    handle, beside = tempfile.mkstemp(prefix=".config-new-", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(config)
    os.chmod(beside, 0o644)
    os.replace(beside, folder / "config.pbtxt")
    return folder


def config_text(saved_model: Path, name: str, signature: str, max_batch_size: int, queue_delay_ms: float) -> str:
    """The model's `config.pbtxt`; see `write_triton_model`."""
    if max_batch_size < 1 or not queue_delay_ms >= 0:
        raise ServingFolderError(
            f"max_batch_size has to be at least 1 and queue_delay_ms at least 0, got {max_batch_size} and "
            f"{queue_delay_ms}."
        )
    inputs = read_signatures(saved_model)
    if signature not in inputs:
        raise ServingFolderError(f"{saved_model} has no signature {signature!r}. It has: {', '.join(inputs)}.")
    if batches_in_graph(saved_model):
        raise ServingFolderError(
            f"{saved_model} batches inside its graph, and Triton would batch before it. Export it without "
            "in_graph_batching."
        )
    outputs = read_outputs(saved_model)[signature]
    parts = [
        f'name: "{name}"',
        'backend: "python"',
        f"max_batch_size: {max_batch_size}",
        *(tensor_text("input", key, one) for key, one in inputs[signature].items()),
        *(tensor_text("output", key, one) for key, one in outputs.items()),
        f"dynamic_batching {{ max_queue_delay_microseconds: {round(queue_delay_ms * 1000)} }}",
        "instance_group { count: 1 kind: KIND_CPU }",
        f'parameters {{ key: "signature" value {{ string_value: "{signature}" }} }}',
    ]
    return "\n".join(parts) + "\n"


def tensor_text(side: str, name: str, tensor: SignatureTensor) -> str:
    """One input or output. Lists of any length may meet in a batch: the model fills them up."""
    if tensor.dtype.name not in TYPES or not tensor.shape:
        raise ServingFolderError(
            f"The {side} {name!r} has the type {tensor.dtype.name} and the shape {tensor.shape}: Triton takes batches "
            f"of {', '.join(TYPES)}. Serve another signature."
        )
    dims = [-1 if size is None else size for size in tensor.shape[1:]] or [1]
    ragged = " allow_ragged_batch: true" if side == "input" and -1 in dims else ""
    return f'{side} {{ name: "{name}" data_type: {TYPES[tensor.dtype.name]} dims: {dims}{ragged} }}'
