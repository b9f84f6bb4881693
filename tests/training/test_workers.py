"""One training on two workers, one of which is killed on the way, against the same training in one process."""

import json
import os
import sys

import keras
import numpy as np
import pytest
from training.diagnosis import records

from multimodal_zoo.launch import run_local_job
from multimodal_zoo.modalities import Image
from multimodal_zoo.models import lstnet_diagnosis
from multimodal_zoo.training import fit

EPOCHS = 3
SETTINGS = {"epochs": EPOCHS, "batch_size": 8, "learning_rate": 0.01, "patience": 9, "class_weight": {0: 1.0, 1: 2.0}}
ON_WORKERS = """
import json, os, sys, tempfile
from pathlib import Path
out, results = Path(sys.argv[1]), Path(sys.argv[2])
worker = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
# Machines that share no files but those of the chief.
start = "second" if (results / "killed").exists() else "first"
tempfile.tempdir = str(results / f"temporary-{start}-{worker}")
os.makedirs(tempfile.tempdir, exist_ok=True)
out = out if worker == 0 else results / "of another machine" / "bundle"

from multimodal_zoo.training import strategies
strategy = strategies.resolve("auto")
assert strategies.resolve("multi_worker") is strategy
from tensorflow.python.eager import context
assert context.context().coordination_service.heartbeat_timeout_in_ms == 60_000
import keras, numpy as np
from multimodal_zoo.training import fit
from training.diagnosis import records
from training.killed_worker import watch
from training.test_workers import SETTINGS, network

with strategy.scope():
    model = network()
watch(model, worker, results)
bundle = fit(model, (records(48, 0), records(23, 1)), out=out, verbose=1, **SETTINGS)
np.savez(results / f"weights-{worker}.npz", *bundle.model.get_weights())
(results / f"metrics-{worker}.json").write_text(json.dumps(bundle.metrics))
"""


def network():
    """A picture is varied at random, so that the draws matter; nothing is dropped."""
    keras.utils.set_random_seed(0)
    return lstnet_diagnosis(Image(8, 8, 1, noise=0.2), None, filters=(4, 8), joint_dim=8, dropout=0.0)


def weights_in(path):
    with np.load(path) as kept:
        return [kept[name] for name in kept.files]


@pytest.fixture(scope="module")
def alone():
    """The training in this process, and its history."""
    model, kept = network(), {}
    plain = model.fit

    def watched(*arguments, **named):
        kept["history"] = plain(*arguments, **named)
        return kept["history"]

    model.fit = watched
    bundle = fit(model, (records(48, 0), records(23, 1)), verbose=0, **SETTINGS)
    return bundle, kept["history"].history


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The folder of the job's results; `status` holds its exit status."""
    folder = tmp_path_factory.mktemp("job")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", ON_WORKERS, str(folder / "bundle"), str(folder)]
    status = run_local_job(command, 2, restarts=1, environment=environment)
    (folder / "status").write_text(str(status))
    return folder


def test_the_job_ends_well_though_a_worker_was_killed(job):
    assert (job / "status").read_text() == "0"
    assert (job / "killed").exists()


def test_the_second_start_goes_on_from_the_last_finished_epoch_on_every_worker(job):
    """Six steps are an epoch, and the tenth was the last."""
    for worker in (0, 1):
        assert json.loads((job / f"history-{worker}.json").read_text())["epoch"] == [1, 2]


def test_the_weights_are_those_of_one_process(job, alone):
    bundle, _ = alone
    start = network().get_weights()
    for worker in (0, 1):
        for one, other in zip(weights_in(job / f"weights-{worker}.npz"), bundle.model.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)
    moved = [np.abs(one - other).max() for one, other in zip(start, bundle.model.get_weights(), strict=True)]
    assert max(moved) > 0.01


def test_both_workers_end_bit_by_bit_alike_and_decide_alike(job):
    for one, other in zip(*(weights_in(job / f"weights-{worker}.npz") for worker in (0, 1)), strict=True):
        np.testing.assert_array_equal(one, other)
    histories = [json.loads((job / f"history-{worker}.json").read_text()) for worker in (0, 1)]
    assert histories[0] == histories[1]


def test_validation_is_of_the_whole_split(job, alone):
    bundle, history = alone
    on_workers = json.loads((job / "history-0.json").read_text())
    np.testing.assert_allclose(on_workers["val_loss"], history["val_loss"][1:], rtol=1e-4)
    np.testing.assert_allclose(on_workers["val_accuracy"], history["val_accuracy"][1:])
    for worker in (0, 1):
        metrics = json.loads((job / f"metrics-{worker}.json").read_text())
        assert metrics["best_epoch"] == bundle.metrics["best_epoch"]
        assert metrics["validation"]["log_loss"] == pytest.approx(bundle.metrics["validation"]["log_loss"], rel=1e-4)


def test_only_the_first_worker_writes(job):
    assert (job / "bundle" / "manifest.json").exists()
    assert not (job / "of another machine").exists()
    # AutoGraph leaves a file; the work folder is gone.
    assert not [path for path in (job / "temporary-second-1").iterdir() if path.is_dir()]
    assert {path.name for path in (job / "bundle-training").iterdir()} == {"logs"}
