"""Compiling the operations in C++, and where that cannot be done."""

import os
import shutil

import pytest
from training.optimizers.tables import records, table_network, table_of, trained

from multimodal_zoo.native import CompilerError, compile_operations, operations
from multimodal_zoo.training.optimizers import LazyAdam


def test_compiled_once(compiled):
    file = compile_operations()
    when = file.stat().st_mtime_ns
    assert compile_operations() == file and file.stat().st_mtime_ns == when


@pytest.mark.parametrize(
    ("compiler", "said"),
    [("no-such-compiler", "There is no compiler 'no-such-compiler'"), ("false", "false did not compile")],
)
def test_a_compiler_that_is_none(tmp_path, monkeypatch, compiler, said):
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(tmp_path))
    monkeypatch.setenv("CXX", compiler)
    with pytest.raises(CompilerError, match=said):
        compile_operations()
    assert not list((tmp_path / "compiled").iterdir())


def test_no_compiler_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(CompilerError, match="no C\\+\\+ compiler: install one"):
        compile_operations()


def test_a_damaged_file_is_told_and_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(tmp_path))
    monkeypatch.setattr(operations, "_LOADED", {})
    damaged = operations.compiled_file()
    damaged.parent.mkdir()
    damaged.write_bytes(b"no library")
    with pytest.warns(UserWarning, match="cannot be loaded and is not used"):
        model = trained(LazyAdam(0.05), records())
    assert abs(table_of(model) - table_of(table_network())).max() > 0.01


def test_another_cache_folder_in_the_same_process(compiled, tmp_path, monkeypatch):
    """A process knows the operations already: they are not to be loaded twice."""
    one = operations.compiled_operations()
    shutil.copytree(os.environ["MULTIMODAL_ZOO_CACHE"], tmp_path / "other")
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(tmp_path / "other"))
    assert one is not None and operations.compiled_operations() is one
