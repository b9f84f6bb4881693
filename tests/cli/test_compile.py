"""`compile`, with a compiler that only writes its file: the real one is in the tests of the operations."""

import pytest


@pytest.fixture
def compiler(tmp_path, monkeypatch):
    program = tmp_path / "compiler"
    program.write_text('#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho compiled > "$2"\n')
    program.chmod(0o755)
    monkeypatch.setenv("CXX", str(program))
    monkeypatch.setenv("MULTIMODAL_ZOO_CACHE", str(tmp_path / "cache"))
    return program


def test_it_says_what_it_wrote(zoo, compiler, tmp_path):
    document = zoo("compile", "--json").document
    (written,) = (tmp_path / "cache" / "compiled").iterdir()
    assert document == {"compiled": str(written)}
    assert written.read_text() == "compiled\n"
    assert zoo("compile").out.strip() == f"Compiled: {written}"


def test_a_compiler_that_fails(zoo, compiler):
    compiler.write_text("#!/bin/sh\necho no such header >&2\nexit 1\n")
    run = zoo("compile")
    assert run.code == 1
    assert run.err.startswith("Error: ") and "no such header" in run.err
