"""Read `saved_model.pb` without loading, and so without running, what it describes."""

from __future__ import annotations

from pathlib import Path

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

SAVED_MODEL = "saved_model.pb"


class NoSavedModelError(ValueError):
    """A folder whose `saved_model.pb` is missing or is none."""


def read_saved_model(folder: Path) -> saved_model_pb2.SavedModel:
    """The message in the `saved_model.pb` of a folder.

    Raises:
        NoSavedModelError: there is no such file, or it is none.

    Example:
        >>> len(read_saved_model(Path("saved_models/lstnet_diagnosis/1")).meta_graphs)
        1
    """
    path = folder / SAVED_MODEL
    if not path.is_file():
        raise NoSavedModelError(f"There is no {path}. Export a model into {folder} first.")
    saved = saved_model_pb2.SavedModel()
    try:
        saved.ParseFromString(path.read_bytes())
    except DecodeError as error:
        raise NoSavedModelError(f"{path} is no SavedModel ({error}). Export it anew.") from error
    return saved
