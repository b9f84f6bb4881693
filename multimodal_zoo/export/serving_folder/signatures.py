"""The inputs of a SavedModel, read from its `saved_model.pb` without loading it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from multimodal_zoo.export.saved_model_file import NoSavedModelError, read_saved_model
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError


@dataclasses.dataclass(frozen=True)
class SignatureInput:
    """Type and shape of one input; None in the shape is a size that may vary."""

    dtype: tf.DType
    shape: tuple[int | None, ...]


def read_signatures(version_folder: Path) -> dict[str, dict[str, SignatureInput]]:
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
    try:
        saved = read_saved_model(version_folder)
    except NoSavedModelError as error:
        raise ServingFolderError(str(error)) from error
    return {
        signature: {name: signature_input(info) for name, info in sorted(described.inputs.items())}
        for graph in saved.meta_graphs
        for signature, described in sorted(graph.signature_def.items())
        if described.inputs
    }


def signature_input(info: meta_graph_pb2.TensorInfo) -> SignatureInput:
    """Type and shape out of a `TensorInfo`."""
    shape = tf.TensorShape(info.tensor_shape)
    return SignatureInput(tf.as_dtype(info.dtype), tuple(shape.as_list()) if shape.rank is not None else ())
