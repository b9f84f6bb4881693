"""What `export --format` answers, and what it refuses."""

import json
import os

import pytest

from multimodal_zoo.export.formats import export_trunk
from multimodal_zoo.training import load_bundle, predictions_on

DATA = ["--data", "synthetic-diagnosis"]


def test_it_writes_the_network_and_tells_its_figures(zoo, trained, tmp_path):
    to = tmp_path / "lite"
    run = zoo("export", trained.folder, "--to", to, "--format", "litert", *DATA, "--split", "validation", "--json")
    assert run.code == 0, run.err
    report = json.loads((to / "report.json").read_text())
    assert run.document == {"bundle": str(trained.folder), "written": str(to), **report}
    assert (report["split"], report["tolerance"], report["figure"]) == ("validation", 0.01, "auc")
    assert (to / "model.tflite").exists()


def test_a_gate_that_is_not_passed_exits_with_1_and_shows_the_figures(zoo, trained, diagnosis, tmp_path, monkeypatch):
    """A converted network whose answers are turned round, in place of the processes that convert and run one."""
    answers = predictions_on(load_bundle(trained.folder), diagnosis.split("validation"))[1]

    def measured(network, format, *rest):
        return (answers if format is None else 1 - answers), {"median_ms": 1.0, "p90_ms": 2.0}

    monkeypatch.setitem(export_trunk.__globals__, "convert_in_child", lambda trunk, file, *rest: file.write_bytes(b""))
    monkeypatch.setitem(export_trunk.__globals__, "measure_in_child", measured)
    words = ["export", trained.folder, "--to", tmp_path / "lite", "--format", "litert", *DATA, "--split", "validation"]
    run = zoo(*words, "--json")
    assert run.code == 1
    assert "Error: litert loses too much: auc" in run.err
    assert run.document["written"] is None
    assert run.document["converted"]["auc"] == pytest.approx(1 - run.document["float"]["auc"])
    shown = zoo(*words)
    assert shown.code == 1
    (line,) = [line for line in shown.out.splitlines() if line.startswith("auc ")]
    assert line.split()[1:] == [f"{run.document[kind]['auc']:.4f}" for kind in ("float", "converted")]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "litert"], "--format litert needs --data"),
        (["--format", "litter", *DATA], "Unknown format 'litter'. Did you mean 'litert'?"),
        (["--format", "litert", "--quantize", "int4", *DATA], "Unknown quantisation of litert 'int4'."),
        (["--format", "litert", *DATA, "--split", "tset"], "Unknown split of synthetic-diagnosis 'tset'."),
        (["--format", "litert", "--data", "synthetic"], "Unknown data set 'synthetic'."),
        (["--format", "litert", *DATA, "--tolerance", "-1"], "Invalid value for '--tolerance'"),
        (["--quantize", "int8"], "--quantize and --data go with --format"),
        (DATA, "--quantize and --data go with --format"),
    ],
)
def test_wrong_words_exit_with_2(zoo, trained, tmp_path, words, message):
    run = zoo("export", trained.folder, "--to", tmp_path / "x", *words)
    assert run.code == 2 and f"Error: {message}" in run.err
    assert os.listdir(tmp_path) == []
