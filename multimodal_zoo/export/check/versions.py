"""The version that came before another, and the versions in a folder."""

from __future__ import annotations

from pathlib import Path

from multimodal_zoo.export.saved_model_file import SAVED_MODEL


def versions_in(folder: Path) -> dict[int, Path]:
    """The folders in `folder` that are named by a number and hold a SavedModel, in ascending order."""
    if not folder.is_dir():
        return {}
    numbered = [path for path in folder.iterdir() if path.name.isdecimal() and (path / SAVED_MODEL).is_file()]
    return {int(path.name): path for path in sorted(numbered, key=lambda one: int(one.name))}


def previous_version(folder: Path) -> Path | None:
    """The next lower version beside a version, if there is one.

    Example:
        >>> previous_version(Path("saved_models/deepfm/3"))
        PosixPath('saved_models/deepfm/2')
    """
    # `.` is named by a number once it is resolved.
    named = folder if folder.name.isdecimal() else folder.resolve()
    if not named.name.isdecimal():
        return None
    lower = [path for number, path in versions_in(named.parent).items() if number < int(named.name)]
    return lower[-1] if lower else None
