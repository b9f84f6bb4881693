"""The state of a training in one file that tells whether it is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tensorflow as tf

from multimodal_zoo.training.storage import written_whole

# A file is: these bytes, the length of the header (8 bytes, little endian), the header (JSON: the document, and type
# and shape of each array), the arrays' own bytes one after the other, and the sha256 of all that.
MAGIC = b"multimodal_zoo state 1\n"
LENGTH_BYTES, DIGEST_BYTES = 8, 32


class TornState(ValueError):
    """A file that is not as it was written."""


def write_state(path: Path, document: Any, arrays: Iterable[np.ndarray]) -> None:
    """Write a state; until it is whole on the disk, what was at `path` stays.

    Args:
        path: of the file.
        document: what JSON can hold.
        arrays: numbers of any type TensorFlow knows, bfloat16 among them.

    Raises:
        OSError: the disk does not take it.

    Example:
        >>> write_state(Path("one.state"), {"epoch": 3}, [np.zeros(2)])
    """
    arrays = [np.asarray(one) for one in arrays]
    described = [{"dtype": one.dtype.name, "shape": list(one.shape)} for one in arrays]
    header = json.dumps({"document": document, "arrays": described}).encode()
    digest = hashlib.sha256()
    with written_whole(path) as file:
        length = len(header).to_bytes(LENGTH_BYTES, "little")
        parts: list[bytes | memoryview] = [MAGIC, length, header, *(bytes_of(one).data for one in arrays)]
        for part in parts:
            digest.update(part)
            file.write(part)
        file.write(digest.digest())


def bytes_of(array: np.ndarray) -> np.ndarray:
    """The bytes of an array, without a copy where they lie in a row."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def read_state(path: Path) -> tuple[Any, list[np.ndarray]]:
    """Read a state back; the arrays stay on the disk until they are looked at.

    Returns:
        The document, and the arrays.

    Raises:
        TornState: the file is cut off, changed, or none of these.

    Example:
        >>> document, arrays = read_state(Path("one.state"))
    """
    size = path.stat().st_size - DIGEST_BYTES
    with open(path, "rb") as file:
        if file.read(len(MAGIC)) != MAGIC or not is_whole(file, size):
            raise TornState(f"{path} is not whole: it was cut off or changed, or it is no state of a training.")
        file.seek(len(MAGIC))
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
        header = json.loads(file.read(length))
        start = file.tell()
    content = np.memmap(path, np.uint8, "r")
    arrays = []
    for one in header["arrays"]:
        dtype = tf.as_dtype(one["dtype"]).as_numpy_dtype
        end = start + int(np.prod(one["shape"], dtype=np.int64)) * np.dtype(dtype).itemsize
        arrays.append(content[start:end].view(dtype).reshape(one["shape"]))
        start = end
    return header["document"], arrays


def is_whole(file: BinaryIO, size: int) -> bool:
    """Whether the first `size` bytes of a file have the sha256 that stands behind them."""
    digest = hashlib.sha256()
    file.seek(0)
    while size > 0:
        part = file.read(min(size, 2**20))
        if not part:
            return False
        digest.update(part)
        size -= len(part)
    return file.read() == digest.digest()
