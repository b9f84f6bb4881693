"""Files and folders that are whole or not there at all, and what to say when a disk does not take them."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)
NO_FOLDER = (errno.ENOTDIR, errno.EEXIST, errno.EIO)
# Of Linux' renameat2: paths count from the working folder, and two names change places in one step.
AT_FDCWD, RENAME_EXCHANGE = -100, 2


class StorageError(OSError):
    """A folder that could not be written, with what to do about it."""


@contextlib.contextmanager
def clear_write_errors(folder: Path, kept: str = "") -> Iterator[None]:
    """What the system says of a write that failed, with the folder and what to do.

    Args:
        folder: that is written.
        kept: a sentence on what is whole all the same.

    Raises:
        StorageError: the block raised an `OSError`, or what h5py or TensorFlow make of one.

    Example:
        >>> with clear_write_errors(Path("runs")):
        ...     Path("runs/notes").write_text("...")
    """
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        number = refusal(error, folder)
        if number is None:
            raise
        if number in FULL:
            do = "Make room there, or choose a folder on another disk."
        elif number in REFUSED:
            do = "Choose a folder that may be written, or allow it."
        else:
            do = "Choose another folder."
        message = " ".join(f"{folder} could not be written: {os.strerror(number)}. {do} {kept}".split())
        raise StorageError(message) from error


def refusal(error: Exception, folder: Path) -> int | None:
    """The number of the system's error, if `error` says that something at or beside `folder` cannot be written."""
    # h5py and TensorFlow tell it in their text alone.
    told = next((one for one in FULL if os.strerror(one) in str(error)), None)
    number = getattr(error, "errno", None) or told
    if number in FULL:
        return number
    # What a block reads elsewhere, and may not or does not find, is another matter.
    name = getattr(error, "filename", None)
    beside = name is not None and Path(os.fsdecode(name)).absolute().is_relative_to(folder.parent.absolute())
    return number if beside and number in (*REFUSED, *NO_FOLDER) else None


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name once all of it is on the disk; until then what had the name stays as it was."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with open(beside, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Wait until a folder with all that is in it is on the disk."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            sync(path)


@contextlib.contextmanager
def written_beside(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder` that takes its name once the block has ended well; a failure leaves no trace.

    What had the name goes away in the same step, so that at any moment one of the two is there, whole. What a process
    that was killed has left is taken up by the next that writes the same folder.

    Raises:
        StorageError: the disk is full, or the folder may not be written.
    """
    with clear_write_errors(folder, f"What was at {folder} before is whole." if folder.exists() else ""):
        folder.parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(folder)
        new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-new-", dir=folder.parent))
        try:
            with locked(new):
                new.chmod(0o755)
                yield new
                sync_tree(new)
                put_in_place(new, folder)
            sync(folder.parent)
        finally:
            shutil.rmtree(new, ignore_errors=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Whether this process could take the lock of a folder; it is free again behind the block, and when it dies."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield takes_lock(descriptor)
    finally:
        os.close(descriptor)


def takes_lock(descriptor: int) -> bool:
    """Take the lock of an open file or folder; False where another has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: nobody can have it.
        return True
    return True


def clear_leftovers(folder: Path) -> None:
    """Put back or remove what processes that died while they wrote `folder` have left beside it."""
    for old in sorted(folder.parent.glob(f".{folder.name}-old-*")):
        if not folder.exists() and any(old.iterdir()):
            os.replace(old, folder)
    for kind in ("old", "new"):
        for left in folder.parent.glob(f".{folder.name}-{kind}-*"):
            with locked(left) as free:
                if free:
                    shutil.rmtree(left, ignore_errors=True)


def put_in_place(new: Path, folder: Path) -> None:
    """Give `new` the name of `folder`; what had that name is at `new` afterwards."""
    try:
        # Nothing has the name, or an empty folder.
        os.replace(new, folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        exchange(new, folder)


def exchange(one: Path, other: Path) -> None:
    """Let two folders change names, in one step where the system can do that."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    paths = os.fsencode(one), os.fsencode(other)
    if renameat2 is not None and renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE) == 0:
        return
    # Not on this file system: killed between the next two lines, `clear_leftovers` puts the old one back.
    aside = Path(tempfile.mkdtemp(prefix=f".{other.name}-old-", dir=other.parent))
    os.replace(other, aside)
    try:
        os.replace(one, other)
    except OSError:
        os.replace(aside, other)
        raise
    os.replace(aside, one)
