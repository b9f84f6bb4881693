"""The inputs of a split as files, so that another process can run through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np


def write_inputs(folder: Path, inputs: Mapping[str, Any]) -> None:
    """Write tensors `(records, ...)` as one `.npy` file each."""
    folder.mkdir(parents=True)
    for name, tensor in inputs.items():
        np.save(folder / f"{name}.npy", np.asarray(tensor))


def read_batches(folder: Path, batch_size: int) -> Iterator[dict[str, np.ndarray]]:
    """Batches of exactly `batch_size` records, in order; the last one is filled up with the first records.

    Example:
        >>> write_inputs(folder, {"x": [1, 2, 3]})
        >>> [batch["x"].tolist() for batch in read_batches(folder, 2)]
        [[1, 2], [3, 1]]
    """
    tensors = {path.stem: np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))}
    records = len(next(iter(tensors.values())))
    for start in range(0, records, batch_size):
        rows = np.arange(start, start + batch_size) % records
        yield {name: tensor[rows] for name, tensor in tensors.items()}
