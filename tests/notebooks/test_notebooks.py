"""The tutorials: each notebook is what its source as it is now gave when it was run, and every source runs.

A run trains for one epoch, on a few records of the data sets by name, so that all of them do not take long.
"""

from pathlib import Path

import jupytext
import keras
import matplotlib
import matplotlib.pyplot as plt
import nbformat
import pytest

from tests.few_records import few_records
from tests.notebooks.kept_notebook import differences, faults_of_outputs, not_executed

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
SOURCES = sorted((NOTEBOOKS / "source").glob("*.py"))
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def test_every_source_has_a_notebook_and_the_other_way_round():
    assert SOURCES and [path.stem for path in SOURCES] == sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))


@each_source
def test_a_notebook_is_its_source_run_from_the_first_cell_to_the_last(source):
    made, kept = jupytext.read(source), nbformat.read(NOTEBOOKS / f"{source.stem}.ipynb", as_version=4)
    assert differences(made, kept) + not_executed(kept) + faults_of_outputs(kept) == [], "run `make notebooks`"


@pytest.fixture
def one_epoch(monkeypatch):
    """Whatever trains goes through the records once."""
    fit = keras.Model.fit

    def fit_once(model, *args, epochs=1, **kwargs):
        return fit(model, *args, epochs=min(epochs, 1), **kwargs)

    monkeypatch.setattr(keras.Model, "fit", fit_once)


@pytest.fixture
def no_window(monkeypatch):
    """Pictures are drawn, and nothing is shown."""
    backend = matplotlib.get_backend()
    plt.switch_backend("Agg")

    def draw(*args, **kwargs):
        for number in plt.get_fignums():
            plt.figure(number).canvas.draw()
        plt.close("all")

    monkeypatch.setattr(plt, "show", draw)
    yield
    plt.close("all")
    plt.switch_backend(backend)


@each_source
def test_a_source_runs(source, tmp_path, monkeypatch, one_epoch, no_window):
    folder = tmp_path / "notebooks"  # they write into "../runs"
    folder.mkdir()
    monkeypatch.chdir(folder)
    names = {"__name__": "__main__"}
    cells = [cell.source for cell in jupytext.read(source).cells if cell.cell_type == "code"]
    with few_records():
        for number, code in enumerate(cells, start=1):
            exec(compile(code, f"{source}, code cell {number}", "exec"), names)
