"""`launch`: several workers of this machine, or a manifest."""

import json

import pytest
import yaml

from multimodal_zoo.launch import TrainingJob, indexed_job, tf_job

TRAIN = ["train", "deepfm", "--data", "synthetic-clicks", "--out"]


def test_two_workers_train_one_bundle(zoo, tmp_path):
    small = ["--epochs", "1", "--batch-size", "2000", "--set", "hidden=(8,)", "--set", "embedding_dim=4"]
    run = zoo("launch", "--workers", "2", "--", *TRAIN, tmp_path / "clicks", *small, "--json")
    assert run.code == 0, run.err
    metrics = run.document["metrics"]
    assert metrics == json.loads((tmp_path / "clicks" / "metrics.json").read_text())
    assert 0.5 < metrics["test"]["auc"] < 1.0
    others = "".join(line.removeprefix("[1] ") for line in run.err.splitlines(True) if line.startswith("[1] "))
    assert json.loads(others[others.index("{") :])["metrics"]["test"] == metrics["test"]
    assert {path.name for path in tmp_path.iterdir()} == {"clicks", "clicks-training"}


def test_the_status_of_a_failure_is_passed_on(zoo, tmp_path):
    run = zoo("launch", "--workers", "2", "--restarts", "3", "--", "show", "lstnet_diagnose")
    assert run.code == 2
    assert "[0] Error: Unknown model 'lstnet_diagnose'" in run.err
    assert "started again" not in run.err


@pytest.mark.parametrize(("kind", "documents"), [("kubernetes", indexed_job), ("tfjob", tf_job)])
def test_a_manifest_says_what_each_pod_runs(zoo, kind, documents):
    options = ["--manifest", kind, "--image", "zoo:1", "--workers", "4", "--claim", "data", "--gpus", "2"]
    run = zoo("launch", *options, "--name", "clicks", "--restarts", "1", "--", *TRAIN, "runs/clicks")
    assert run.code == 0, run.err
    command = ("multimodal-zoo", *TRAIN, "runs/clicks", "--strategy", "multi_worker")
    job = TrainingJob(command, "zoo:1", workers=4, restarts=1, name="clicks", claim="data", gpus=2)
    assert list(yaml.safe_load_all(run.out)) == documents(job)
    as_json = zoo("launch", *options, "--name", "clicks", "--restarts", "1", "--json", "--", *TRAIN, "runs/clicks")
    assert as_json.document == documents(job)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--manifest", "docker", "--image", "x", "--", "list"],
            "--manifest is one of kubernetes, tfjob, got 'docker'.",
        ),
        (["--manifest", "tfjob", "--", "list"], "--manifest needs --image"),
        (["--image", "x", "--", "list"], "--image is for --manifest."),
        (["--gpus", "1", "--", "list"], "--gpus is for --manifest."),
        (["--json", "--", "list"], "--json belongs behind the --"),
        (["--", "launch", "--", "list"], "launch runs another command"),
        (["--workers", "0", "--", "list"], "Invalid value for '--workers'"),
        ([], "Missing argument"),
    ],
)
def test_wrong_words_exit_with_2(zoo, words, message):
    run = zoo("launch", *words)
    assert run.code == 2
    assert message in run.err
