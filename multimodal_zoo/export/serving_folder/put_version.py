"""Put models into the serving folder: trained bundles and exported models become the next version there."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from multimodal_zoo.export.check import check_artefact
from multimodal_zoo.export.check.versions import versions_in
from multimodal_zoo.export.saved_model import export_bundle
from multimodal_zoo.export.saved_model_file import SAVED_MODEL
from multimodal_zoo.export.serving_folder.served_models import ServedModel
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError
from multimodal_zoo.training.bundle import MANIFEST, written_beside

NETWORK = "model.keras"


@contextlib.contextmanager
def versions_put(root: Path, sources: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
    """Put a version of each model into `<root>/<name>/`; if the block fails, what is new is taken out again.

    Args:
        root: the serving folder.
        sources: by name of the model, the folder of a bundle, which is exported, or of one exported version.

    Yields:
        The folder of the version by name of the model.

    Raises:
        ServingFolderError: as `put_version`.
    """
    made: list[Path] = []
    try:
        versions = {}
        for name, source in sources.items():
            there = find_version(root / name, source)
            if there is None:
                version = next_version(root / ServedModel(name).name)
                made.append(next(path for path in (root, root / name, version) if not path.exists()))
                put_version(version, source)
            versions[name] = there or version
        yield versions
    except BaseException:
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def put_version(version: Path, source: Path) -> None:
    """Put a bundle or an exported model into a serving folder, if it passes the gate.

    Args:
        version: the new folder, `<root>/<name>/<number>`. It is complete before it gets its name.
        source: the folder of a bundle, which is exported, or of one exported version, which is copied.

    Raises:
        ServingFolderError: `source` is neither, or `check_artefact` refuses it, held against the newest version there.
        BundleError: the bundle was changed since it was written.

    Example:
        >>> put_version(Path("saved_models/deepfm/2"), Path("runs/deepfm"))
    """
    bundle = (source / NETWORK).is_file()
    if not bundle and not (source / SAVED_MODEL).is_file():
        raise ServingFolderError(
            f"{source} is neither a bundle nor an exported version: a folder with {NETWORK} or with {SAVED_MODEL} was "
            "expected."
        )
    previous = list(versions_in(version.parent).values())[-1:]
    with written_beside(version) as new:
        if bundle:
            export_bundle(source, new)
        else:
            shutil.copytree(source, new, dirs_exist_ok=True)
        report = check_artefact(new, *previous)
        if not report.passed:
            reasons = " ".join(f"{one.name}: {one.reason}" for one in report.failures)
            raise ServingFolderError(f"{source} is refused as {version}. {reasons.replace(str(new), str(source))}")


def find_version(folder: Path, source: Path) -> Path | None:
    """The version in the folder of a model that is `source`, or a copy of it to the last byte; else None."""
    manifest = source / MANIFEST
    if not (source / SAVED_MODEL).is_file() or not manifest.is_file():
        return None
    same = [one for one in versions_in(folder).values() if (one / MANIFEST).is_file()]
    same = [one for one in same if (one / MANIFEST).read_bytes() == manifest.read_bytes()]
    return same[-1] if same else None


def next_version(folder: Path) -> Path:
    """The folder after the highest number that names something in the folder of a model."""
    numbers = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    return folder / str(max(numbers, default=0) + 1)
