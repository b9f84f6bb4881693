"""What `distil` answers, and what it refuses."""

import pytest

import multimodal_zoo as mz

DATA = ["--data", "synthetic-diagnosis"]


def test_it_leaves_a_smaller_bundle_and_both_figures(zoo, trained, diagnosis, tmp_path):
    out = tmp_path / "student"
    words = [*DATA, "--out", out, "--set", "filters=(4,)", "--set", "joint_dim=8", "--epochs", "1", "--alpha", "0.7"]
    run = zoo("distil", trained.folder, *words, "--json")
    assert run.code == (1 if run.document["metrics"]["beats_constant"] is False else 0)
    student = mz.load_bundle(out)
    assert student.arguments["filters"] == [4] and student.arguments["units"] == 8
    parameters = run.document["parameters"]
    assert parameters["student"] == student.model.count_params() < parameters["teacher"]
    distillation = student.metrics["distillation"]
    assert distillation["alpha"] == 0.7
    expected = mz.evaluate(mz.load_bundle(trained.folder), diagnosis.split("test"))
    assert distillation["teacher"]["test"]["log_loss"] == pytest.approx(expected["log_loss"], abs=1e-6)
    assert run.document["metrics"]["test"] == student.metrics["test"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "filter=(4,)"], "Unknown argument of lstnet_diagnosis 'filter'."),
        (["--model", "lstnet_diagnose"], "Unknown model 'lstnet_diagnose'."),
        (["--alpha", "2"], "Invalid value for '--alpha'"),
        (["--learning-rate", "0"], "--learning-rate has to be greater than 0"),
    ],
)
def test_wrong_words_exit_with_2(zoo, trained, tmp_path, words, message):
    run = zoo("distil", trained.folder, *DATA, "--out", tmp_path / "student", *words)
    assert run.code == 2 and f"Error: {message}" in run.err
    assert not (tmp_path / "student").exists()


def test_no_teacher_exits_with_2(zoo, tmp_path):
    run = zoo("distil", tmp_path / "none", *DATA, "--out", tmp_path / "student")
    assert run.code == 2 and "There is no bundle at" in run.err


def test_a_temperature_of_nought_fails(zoo, trained, tmp_path):
    run = zoo("distil", trained.folder, *DATA, "--out", tmp_path / "student", "--temperature", "0")
    assert run.code == 1 and "temperature has to be greater than 0" in run.err
