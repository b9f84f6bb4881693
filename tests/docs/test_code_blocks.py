"""Every code block of README.md and of docs/ runs as it stands, in the order of its page, in an empty folder.

Of the data sets a few records of each split are read, so that it does not take long.
"""

import ast
import json
from pathlib import Path

import pytest

from multimodal_zoo import cli
from tests.docs.code_blocks import Block, blocks_of
from tests.docs.shell_commands import check, commands_of
from tests.few_records import few_records

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


@pytest.fixture
def small_data():
    """The data sets by name, with a few records of each split; what documents register is gone behind them."""
    with few_records():
        yield


def run_python(block: Block, path: Path, names: dict) -> None:
    """Run a block as part of its document: names go on, and errors tell the line of the document."""
    if block.not_run is not None:
        ast.parse(block.code)
        return
    if block.before:
        exec(compile(block.before, f"{path}: before line {block.line}", "exec"), names)
    exec(compile("\n" * (block.line - 1) + block.code, str(path), "exec"), names)


def run_shell(block: Block) -> None:
    for words in commands_of(block.code):
        check(words)
        if block.run:
            assert cli.main(words[1:]) == 0, f"{words} failed"


def run_document(markdown: str, path: Path) -> None:
    names = {"__name__": "__main__"}
    for block in blocks_of(markdown):
        if block.language == "python":
            run_python(block, path, names)
        elif block.language == "json":
            json.loads(block.code)
        elif block.language == "":
            run_shell(block)
        else:
            assert block.language == "text", f"{path}, line {block.line}: nothing runs {block.language!r}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_blocks_of_a_document_run(path, tmp_path, monkeypatch, small_data):
    monkeypatch.chdir(tmp_path)
    run_document(path.read_text(encoding="utf-8"), path)
