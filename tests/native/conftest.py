"""The operations in C++, compiled once for all tests of them."""

import contextlib
import os
import shutil

import keras
import pytest

collect_ignore_glob = []
if keras.backend.backend() != "tensorflow" or not (os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A cache folder in which they are compiled."""
    from multimodal_zoo.native import compile_operations

    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MULTIMODAL_ZOO_CACHE", str(folder))
        assert compile_operations().parent == folder / "compiled"
    return folder


@pytest.fixture
def compiled(cache, monkeypatch):
    """The compiled operations are found."""
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(cache))


@pytest.fixture
def taken_from(compiled, monkeypatch):
    """Whether a function of a module found its compiled operation, each time that it was asked for."""

    def count(module, name):
        calls, found = [], getattr(module, name)

        def counted(*given):
            answer = found(*given)
            calls.append(answer is not None)
            return answer

        monkeypatch.setattr(module, name, counted)
        return calls

    return count


@pytest.fixture
def not_compiled(tmp_path):
    """Within it the operations are not found: the cache folder is empty."""

    @contextlib.contextmanager
    def without():
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MULTIMODAL_ZOO_CACHE", str(tmp_path / "empty"))
            yield

    return without
