"""Where the files of a data set lie, and whether they are the ones that published figures were made with."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterable
from pathlib import Path

from multimodal_zoo.cache_folder import cache_folder
from multimodal_zoo.datasets.data_set import DataSetCard, dataset_card

DATA_VARIABLE = "MULTIMODAL_ZOO_DATA"


class DataNotFound(FileNotFoundError):
    """The files of a data set are nowhere; the message names the folders looked in and what to do."""


class DataDiffers(UserWarning):
    """A copy of a data set is not the one that published figures were made with."""


def folders_to_look_in(card: DataSetCard) -> list[Path]:
    """The places of a data set, in the order they are looked at."""
    places = []
    data = os.environ.get(DATA_VARIABLE)
    if data:
        places.append(Path(data).expanduser() / card.name)
        if card.side_by_side:
            places.append(Path(data).expanduser())
    return [*places, cache_folder() / card.name]


def missing_files(card: DataSetCard, folder: Path) -> list[str]:
    """Which of the required files a folder lacks. An entry "a|b" is satisfied by either."""
    return [one for one in card.required if not any((folder / choice).exists() for choice in one.split("|"))]


def find_dataset(name: str) -> Path | None:
    """The folder with the files of a data set; never downloads.

    Args:
        name: a data set, with or without its protocol.

    Returns:
        The first complete copy among `$MULTIMODAL_ZOO_DATA/<name>` and the cache folder, or None. Also None
        for built-in data, which has no files.

    Raises:
        UnknownName: nothing is registered under the name.
    """
    card = dataset_card(name.partition(":")[0])
    if not card.required:
        return None
    complete = (place for place in folders_to_look_in(card) if not missing_files(card, place))
    return next(complete, None)


def not_found(card: DataSetCard, failures: Iterable[str] = ()) -> DataNotFound:
    """The error that says where a data set was looked for, why downloads failed and what to do."""
    looked = []
    for place in folders_to_look_in(card):
        if place.is_dir():
            lacking = ", ".join(one.replace("|", " or ") for one in missing_files(card, place))
            looked.append(f"{place} (is there, lacks {lacking})")
        else:
            looked.append(f"{place} (no such folder)")
    failed = [f"  download failed: {reason}" for reason in failures]
    get = card.how_to_get or f"Get it with `multimodal-zoo download {card.name}`, or put its files into a folder."
    return DataNotFound(
        "\n".join(
            [
                f"The data set {card.name!r} is not here.",
                *(f"  looked in: {one}" for one in looked),
                *failed,
                f"{get} That folder is to be named {card.name!r}; set {DATA_VARIABLE} to the one around it. "
                f"Source: {card.source}",
            ]
        )
    )


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of_files(folder: Path, pattern: str) -> str | None:
    """One SHA-256 over the relative paths and contents of all files matching a pattern; None without any.

    It is the digest of the lines "path, zero byte, SHA-256 of the file, newline" in the order of the paths.
    """
    paths = sorted((path.relative_to(folder).as_posix(), path) for path in folder.glob(pattern) if path.is_file())
    if not paths:
        return None
    total = hashlib.sha256()
    for relative, path in paths:
        total.update(f"{relative}\0{sha256_of_file(path)}\n".encode())
    return total.hexdigest()


def differing_files(card: DataSetCard, folder: Path) -> list[str]:
    """The entries of `card.checksums` whose files are there and are other ones."""
    found = []
    for name, expected in card.checksums.items():
        if "*" in name:
            actual = digest_of_files(folder, name)
        else:
            actual = sha256_of_file(folder / name) if (folder / name).is_file() else None
        if actual is not None and actual not in expected.split("|"):
            found.append(name)
    return found


def warn_if_different(card: DataSetCard, folder: Path) -> None:
    """Warn, naming the files, when a copy is not the one that published figures were made with."""
    for name in differing_files(card, folder):
        warnings.warn(
            f"{folder / name} is not the file that the published figures of {card.name!r} were made with: "
            "they may not repeat with this copy.",
            DataDiffers,
            stacklevel=3,
        )
