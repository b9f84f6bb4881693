"""What holds the executed notebooks against their sources finds what it is to find."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks.kept_notebook import differences, faults_of_outputs, not_executed


def notebook(*outputs, counts=(1, 2), first="x = 1"):
    return new_notebook(
        cells=[
            new_markdown_cell("# A title"),
            new_code_cell(first, execution_count=counts[0]),
            new_code_cell("x", execution_count=counts[1], outputs=list(outputs)),
        ]
    )


def stream(text):
    return new_output("stream", name="stdout", text=text)


def test_a_notebook_that_is_as_it_should_be():
    kept = notebook(
        stream("../runs/one https://example.org/home/page 1/2\n"), new_output("display_data", {"image/png": "/tmp/x"})
    )
    assert differences(notebook(), kept) == not_executed(kept) == faults_of_outputs(kept) == []


def test_a_cell_that_was_changed_added_or_is_of_another_kind():
    assert differences(notebook(), notebook(first="x = 2")) == ["cell 2 is not that of the source"]
    longer = notebook()
    longer.cells.append(new_code_cell("y"))
    assert differences(notebook(), longer) == ["4 cells, the source has 3"]
    other = notebook()
    other.cells[0] = new_code_cell("# A title")
    assert differences(notebook(), other) == ["cell 1 is not that of the source"]


@pytest.mark.parametrize(("counts", "wrong"), [((1, None), [2]), ((2, 1), [1, 2]), ((1, 3), [2])])
def test_cells_that_were_not_run_in_order(counts, wrong):
    found = not_executed(notebook(counts=counts))
    assert found == [f"code cell {number} has the execution count {counts[number - 1]}" for number in wrong]


@pytest.mark.parametrize(
    "output",
    [
        new_output("error", ename="ValueError", evalue="no", traceback=[]),
        stream("Traceback (most recent call last):\n"),
    ],
)
def test_an_output_that_is_an_error(output):
    assert faults_of_outputs(notebook(output)) == ["an output of cell 3 is an error"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("written to /home/someone/runs", "/home/someone"),
        ("in '/tmp/abc/x.png'", "/tmp/abc"),
        (r"C:\Users\someone", r"C:\Users"),
    ],
)
def test_an_output_with_a_path_of_a_machine(text, path):
    wanted = [f"an output of cell 3 holds the path {path}"]
    assert faults_of_outputs(notebook(stream(text))) == wanted
    assert faults_of_outputs(notebook(new_output("execute_result", {"text/plain": text}))) == wanted
