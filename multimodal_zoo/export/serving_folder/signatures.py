"""Inputs and outputs of a SavedModel, read from its `saved_model.pb` without loading it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from multimodal_zoo.export.saved_model_file import NoSavedModelError, read_saved_model
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError

BATCHING_OP = "BatchFunction"


@dataclasses.dataclass(frozen=True)
class SignatureTensor:
    """Type and shape of one input or output; None in the shape is a size that may vary."""

    dtype: tf.DType
    shape: tuple[int | None, ...]


def read_signatures(version_folder: Path) -> dict[str, dict[str, SignatureTensor]]:
    """The inputs of every signature of a SavedModel.

    Args:
        version_folder: a folder that holds `saved_model.pb`.

    Returns:
        Inputs by name, by signature; signatures without inputs are left out.

    Raises:
        ServingFolderError: there is no `saved_model.pb`, or it is none.

    Example:
        >>> read_signatures(Path("saved_models/lstnet_diagnosis/1"))["serving_default"]["image_bytes"].shape
        (None,)
    """
    return read_side(version_folder, "inputs")


def read_outputs(version_folder: Path) -> dict[str, dict[str, SignatureTensor]]:
    """The outputs of every signature of a SavedModel; see `read_signatures`."""
    return read_side(version_folder, "outputs")


def read_side(version_folder: Path, side: str) -> dict[str, dict[str, SignatureTensor]]:
    """The `inputs` or `outputs` of the signatures that have inputs."""
    return {
        signature: {name: signature_tensor(info) for name, info in sorted(getattr(described, side).items())}
        for graph in exported_model(version_folder).meta_graphs
        for signature, described in sorted(graph.signature_def.items())
        if described.inputs
    }


def batches_in_graph(version_folder: Path) -> bool:
    """Whether a SavedModel puts simultaneous requests together by itself, as `InGraphBatching` makes it.

    Args:
        version_folder: a folder that holds `saved_model.pb`.

    Raises:
        ServingFolderError: there is no `saved_model.pb`, or it is none.
    """
    return any(
        node.op == BATCHING_OP
        for graph in exported_model(version_folder).meta_graphs
        for function in graph.graph_def.library.function
        for node in function.node_def
    )


def exported_model(version_folder: Path) -> saved_model_pb2.SavedModel:
    """The message in `saved_model.pb`, its absence told as an error of the serving folder."""
    try:
        return read_saved_model(version_folder)
    except NoSavedModelError as error:
        raise ServingFolderError(str(error)) from error


def signature_tensor(info: meta_graph_pb2.TensorInfo) -> SignatureTensor:
    """Type and shape out of a `TensorInfo`."""
    shape = tf.TensorShape(info.tensor_shape)
    return SignatureTensor(tf.as_dtype(info.dtype), tuple(shape.as_list()) if shape.rank is not None else ())
