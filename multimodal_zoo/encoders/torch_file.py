"""Weights from a file of `torch.save`, read without PyTorch."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

# What such a file begins with; since PyTorch 1.6 it is a zip archive instead.
MAGIC = 0x1950A86A20F9469CFC6C
DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "IntStorage": "<i4",
    "LongStorage": "<i8",
}


def read_torch_file(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Reads the weights of a network from a file in the format that PyTorch wrote before version 1.6.

    Only numbers are made of it: a file that names anything else of Python is refused and cannot run it.

    Args:
        path: the file.

    Returns:
        Name of the weight -> its value, in the order of the file.

    Raises:
        ValueError: it has another format, holds something else than weights, or ends too early.

    Example:
        >>> read_torch_file("efficientnet-lite0.pth")["_conv_stem.weight"].shape
        (32, 3, 3, 3)
    """
    try:
        with Path(path).open("rb") as file:
            if NumbersOnly(file).load() != MAGIC:
                raise ValueError("it begins otherwise")
            # The version of the format and the byte order of the writer, which was the same on every machine since.
            NumbersOnly(file).load(), NumbersOnly(file).load()
            tensors, order = NumbersOnly(file).load(), NumbersOnly(file).load()
            storages: dict[str, np.ndarray] = {}
            dtypes = {tensor.storage: tensor.dtype for tensor in tensors.values()}
            for key in order:
                count = int.from_bytes(file.read(8), "little")
                storages[key] = np.frombuffer(file.read(count * np.dtype(dtypes[key]).itemsize), dtypes[key], count)
        return {name: tensor.value(storages[tensor.storage]) for name, tensor in tensors.items()}
    except (pickle.UnpicklingError, ValueError, KeyError, AttributeError, EOFError) as error:
        raise ValueError(f"{path} holds no weights in the format of PyTorch before 1.6: {error}.") from error


class StoredTensor:
    """Where the numbers of one tensor are: the storage, the first of them, shape and strides in numbers."""

    def __init__(self, stored: tuple[Any, ...], first: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any):
        _, self.dtype, self.storage, *_further = stored
        self.first, self.shape, self.strides = first, shape, strides

    def value(self, numbers: np.ndarray) -> np.ndarray:
        """The tensor, in an array of its own."""
        last = self.first + sum((side - 1) * stride for side, stride in zip(self.shape, self.strides, strict=True))
        if last >= len(numbers) and 0 not in self.shape:
            raise ValueError(f"a tensor of shape {self.shape} ends after its storage")
        steps = [stride * numbers.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(numbers[self.first :], self.shape, steps).copy()


class NumbersOnly(pickle.Unpickler):
    """Reads one object of the file; of Python it knows ordered dictionaries, tensors and the types of their numbers."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return StoredTensor
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, stored: tuple[Any, ...]) -> tuple[Any, ...]:
        return stored
