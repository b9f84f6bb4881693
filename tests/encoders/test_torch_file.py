"""Files of PyTorch's former format: their numbers are read, and nothing in them is run."""

import pickle
from collections import OrderedDict

import numpy as np
import pytest

from multimodal_zoo.encoders.torch_file import MAGIC, read_torch_file


class Named:
    """Is pickled as a name of Python and its arguments."""

    def __init__(self, module, name, arguments=None):
        self.module, self.name, self.arguments = module, name, arguments


class Writer(pickle._Pickler):
    """Writes names of modules that are not there, and the places of storages, as torch.save did."""

    def persistent_id(self, value):
        return value[1:] if isinstance(value, tuple) and value[:1] == ("place",) else None

    def save(self, value, save_persistent_id=True):
        if not isinstance(value, Named):
            return super().save(value, save_persistent_id)
        self.write(pickle.GLOBAL + f"{value.module}\n{value.name}\n".encode())
        if value.arguments is not None:
            super().save(value.arguments)
            self.write(pickle.REDUCE)


def written(path, tensors, storages, magic=MAGIC):
    with path.open("wb") as file:
        for part in (magic, 1001, {"little_endian": True}, tensors, list(storages)):
            Writer(file, protocol=2).dump(part)
        for numbers in storages.values():
            file.write(len(numbers).to_bytes(8, "little") + numbers.tobytes())
    return path


def tensor(storage, first, shape, strides, kind="FloatStorage"):
    place = ("place", "storage", Named("torch", kind), storage, "cpu", 0, None)
    return Named("torch._utils", "_rebuild_tensor_v2", (place, first, shape, strides, False, OrderedDict()))


def test_tensors_come_with_their_shapes_strides_and_types(tmp_path):
    storages = {"7": np.arange(12, dtype="<f4"), "3": np.array([5], "<i8")}
    tensors = OrderedDict(
        plain=tensor("7", 0, (3, 4), (4, 1)),
        turned=tensor("7", 0, (4, 3), (1, 4)),
        part=tensor("7", 5, (2,), (3,)),
        count=tensor("3", 0, (), (), "LongStorage"),
    )
    read = read_torch_file(written(tmp_path / "weights.pth", tensors, storages))
    assert list(read) == ["plain", "turned", "part", "count"]
    whole = np.arange(12, dtype="float32").reshape(3, 4)
    np.testing.assert_array_equal(read["plain"], whole)
    np.testing.assert_array_equal(read["turned"], whole.T)
    np.testing.assert_array_equal(read["part"], [5, 8])
    assert read["count"] == 5 and read["count"].dtype == np.int64


def test_a_file_that_names_code_is_refused_and_does_not_run_it(tmp_path):
    trace = tmp_path / "ran"
    tensors = OrderedDict(evil=Named("os", "mkdir", (str(trace),)))
    with pytest.raises(ValueError, match="it asks for os.mkdir"):
        read_torch_file(written(tmp_path / "weights.pth", tensors, {}))
    assert not trace.exists()


def test_other_and_broken_files_are_told(tmp_path):
    storages, tensors = {"1": np.arange(4, dtype="<f4")}, OrderedDict(kernel=tensor("1", 0, (4,), (1,)))
    with pytest.raises(ValueError, match="it begins otherwise"):
        read_torch_file(written(tmp_path / "other.pth", tensors, storages, magic=7))
    whole = written(tmp_path / "whole.pth", tensors, storages).read_bytes()
    for length in (0, 10, len(whole) - 3):
        (tmp_path / "cut.pth").write_bytes(whole[:length])
        with pytest.raises(ValueError, match="holds no weights in the format of PyTorch before 1.6"):
            read_torch_file(tmp_path / "cut.pth")
    with pytest.raises(ValueError, match="ends after its storage"):
        read_torch_file(written(tmp_path / "long.pth", OrderedDict(kernel=tensor("1", 2, (3,), (1,))), storages))
    (tmp_path / "archive.pth").write_bytes(b"PK\x03\x04 a zip archive")
    with pytest.raises(ValueError, match="holds no weights"):
        read_torch_file(tmp_path / "archive.pth")
