"""Which versions of which models are served: the folders `<root>/<name>/<version>/` and the labels on them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from multimodal_zoo.export.saved_model_file import SAVED_MODEL
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError

# Of a name in the URLs of the model server; what is allowed in addition ends up in file names, YAML and queries.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclasses.dataclass(frozen=True)
class ServedModel:
    """A model to serve, as one asks for it.

    Args:
        name: of the folder below the root, and of the model in requests.
        keep: how many of the newest versions are served, at least 1.
        labels: version by label. None labels the newest two `stable` (the older) and `canary` (the newest), or a sole
            version `stable`. An empty dict sets no label, and the server then takes up new versions by itself. With
            labels it serves the versions listed, until the folder is written anew.

    A request that names neither version nor label is answered by the newest version, which is the canary: clients
    that are not to see it ask for the label `stable`.

    Example:
        >>> ServedModel("deepfm", keep=3, labels={"stable": 4, "canary": 5})
    """

    name: str
    keep: int = 2
    labels: Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ServingFolderError(
                f"{self.name!r} cannot name a served model: letters, digits, '_', '-' and '.' are allowed, a letter or "
                "digit first. Rename its folder."
            )
        if self.keep < 1:
            raise ServingFolderError(f"keep has to be at least 1 for {self.name}, got {self.keep}.")


@dataclasses.dataclass(frozen=True)
class FoundModel:
    """A model as its folder has it: the versions to serve, oldest first, and the version of each label."""

    name: str
    keep: int
    versions: tuple[int, ...]
    labels: dict[str, int]


def model_versions(root: Path, name: str) -> dict[int, Path]:
    """The versions in the folder of a model.

    Args:
        root: the folder that holds the folders of the models.
        name: of the model.

    Returns:
        Folder by version number, in ascending order.

    Raises:
        ServingFolderError: no such folder, none of its folders is a number, or one of those holds no SavedModel.

    Example:
        >>> model_versions(Path("saved_models"), "deepfm")
        {1: PosixPath('saved_models/deepfm/1')}
    """
    folder = root / name
    if not folder.is_dir():
        known = sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
        raise ServingFolderError(
            f"There is no model folder {folder}. Folders in {root}: {', '.join(known) or 'none'}. "
            f"Export one with `multimodal-zoo export BUNDLE --to {folder}/1`."
        )
    numbered = [path for path in folder.iterdir() if path.is_dir() and re.fullmatch("[0-9]+", path.name)]
    if not numbered:
        there = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
        raise ServingFolderError(
            f"{folder} has no version folder: a number such as {folder}/1 was expected, found {there}. "
            f"Export one with `multimodal-zoo export BUNDLE --to {folder}/1`."
        )
    versions: dict[int, Path] = {}
    for path in sorted(numbered, key=lambda one: (int(one.name), one.name)):
        if not (path / SAVED_MODEL).is_file():
            raise ServingFolderError(
                f"{path} is named as a version but holds no {SAVED_MODEL}, and the server would fail on it. "
                "Export into it anew or remove it."
            )
        if int(path.name) in versions:
            raise ServingFolderError(f"{versions[int(path.name)]} and {path} are the same version. Remove one of them.")
        versions[int(path.name)] = path
    return versions


def find_model(root: Path, model: ServedModel) -> FoundModel:
    """Look a model up in its folder.

    Args:
        root: the folder that holds the folders of the models.
        model: what is asked for.

    Returns:
        The newest `keep` versions and those that a label names.

    Raises:
        ServingFolderError: as `model_versions`; or a label names a version that is not there.
    """
    there = tuple(model_versions(root, model.name))
    newest = there[-model.keep :]
    labels = dict(model.labels) if model.labels is not None else default_labels(newest)
    for label, version in labels.items():
        if not label:
            raise ServingFolderError(f"A label of {model.name} is empty; name it, such as 'stable'.")
        if version not in there:
            raise ServingFolderError(
                f"The label {label!r} of {model.name} names version {version!r}, which is not in {root / model.name}. "
                f"Versions there: {', '.join(map(str, there))}. Export that version or move the label."
            )
    return FoundModel(model.name, model.keep, tuple(sorted({*newest, *labels.values()})), labels)


def default_labels(newest: Sequence[int]) -> dict[str, int]:
    """`stable` and `canary` on the newest two versions, or `stable` on the only one."""
    if len(newest) == 1:
        return {"stable": newest[0]}
    return {"stable": newest[-2], "canary": newest[-1]}


def find_models(root: Path, models: Sequence[str | ServedModel]) -> tuple[FoundModel, ...]:
    """Look several models up, names standing for `ServedModel(name)`.

    Raises:
        ServingFolderError: as `find_model`; or there is no model, or one comes twice.
    """
    asked = [ServedModel(model) if isinstance(model, str) else model for model in models]
    if not asked:
        raise ServingFolderError(f"There is no model to serve: name at least one of the folders in {root}.")
    names = [model.name for model in asked]
    for name in names:
        if names.count(name) > 1:
            raise ServingFolderError(f"The model {name!r} comes {names.count(name)} times. Name it once.")
    return tuple(find_model(root, model) for model in asked)
