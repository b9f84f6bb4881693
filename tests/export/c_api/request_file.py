"""Write requests for the C programs; request.h says what the file looks like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np


def write_requests(file: Path, requests: Iterable[Mapping[str, np.ndarray]]) -> Path:
    """Write requests, each a batch of values by the name of the input; strings as arrays of objects.

    Returns:
        The file.
    """
    with open(file, "wb") as out:
        for request in requests:
            out.write(f"request {len(request)}\n".encode())
            for name, value in request.items():
                array = np.asarray(value)
                kind = "string" if array.dtype == object else array.dtype.name
                out.write(" ".join([name, kind, str(array.ndim), *map(str, array.shape)]).encode() + b"\n")
                out.write(strings(array) if kind == "string" else np.ascontiguousarray(array).tobytes())
    return file


def strings(array: np.ndarray) -> bytes:
    """Each string behind its length in four bytes."""
    encoded = [one if isinstance(one, bytes) else one.encode() for one in array.flat]
    return b"".join(len(one).to_bytes(4, "little") + one for one in encoded)
