"""Files that are complete before they get their name, and that replace nothing but what was written here before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError

MARK = "# Written by multimodal_zoo. Changes are lost when the serving folder is written anew."


def is_ours(path: Path) -> bool:
    """Whether a file begins with the mark."""
    with open(path, "rb") as file:
        return file.readline().rstrip() == MARK.encode()


def write_files(root: Path, texts: Mapping[str, str], no_longer: Collection[str] = ()) -> tuple[Path, ...]:
    """Write text files below a folder, under a first line that says where they are from.

    Args:
        root: the folder.
        texts: content by path relative to `root`.
        no_longer: relative paths of files that an earlier call may have left and that are to go.

    Returns:
        The files, in the order of `texts`. Either all of them may be written or none is touched.

    Raises:
        ServingFolderError: one of them exists and is not from here.

    Example:
        >>> write_files(Path("saved_models"), {"monitoring.config": "prometheus_config { enable: true }"})
    """
    for name in texts:
        path = root / name
        if os.path.lexists(path) and not (path.is_file() and is_ours(path)):
            raise ServingFolderError(
                f"{path} exists and was not written by multimodal_zoo (its first line is not {MARK!r}). "
                "Move it away or remove it."
            )
    for name, text in texts.items():
        replace(root / name, f"{MARK}\n{text}")
    for name in no_longer:
        path = root / name
        if path.is_file() and is_ours(path):
            path.unlink()
    return tuple(root / name for name in texts)


def replace(path: Path, text: str) -> None:
    """Write beside `path` and rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, new = tempfile.mkstemp(prefix=f".{path.name}-new-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(new, 0o644)
        os.replace(new, path)
    finally:
        Path(new).unlink(missing_ok=True)
