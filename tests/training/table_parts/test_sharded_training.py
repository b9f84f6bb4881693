"""One training with sharded tables on two workers, one of which is killed on the way, against one process."""

import json
import os
import sys

import numpy as np
import pytest
import tensorflow as tf
from training.table_parts.clicks_in_parts import ROWS, SETTINGS, clicks, compiled, network

from multimodal_zoo.export import export_bundle
from multimodal_zoo.launch import run_local_job
from multimodal_zoo.training import fit, load_bundle, predict_record
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.predict_split import predict_split

ON_WORKERS = """
import json, os, sys
from pathlib import Path
results = Path(sys.argv[1])
worker = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
# Machines that share no files.
out = results / f"machine-{worker}" / "bundle"

from multimodal_zoo.training import strategies
strategy = strategies.resolve("auto")
import keras, numpy as np, tensorflow as tf
# As the tests do: to rewrite a graph takes longer than it saves here.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
from multimodal_zoo.training import fit, sharded_tables
from training.table_parts.clicks_in_parts import MIN_ROWS, SETTINGS, clicks, compiled, network
from training.killed_worker import watch

with strategy.scope(), sharded_tables(min_rows=MIN_ROWS):
    model = compiled(network())
watch(model, worker, results)
bundle = fit(model, (clicks(48, 0), clicks(23, 1)), out=out, verbose=0, **SETTINGS)
held = {one.path: one.numpy() for one in [*model.weights, *model.optimizer.variables]}
np.savez(results / f"held-{worker}.npz", **{name.replace("/", "|"): value for name, value in held.items()})
(results / f"metrics-{worker}.json").write_text(json.dumps(bundle.metrics))
try:
    model({name: np.ones((2, 1), "int32") for name in model.input})
except RuntimeError as error:
    (results / f"alone-{worker}").write_text(str(error))
"""


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The folder of the job's results; `status` holds its exit status."""
    folder = tmp_path_factory.mktemp("job")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    status = run_local_job([sys.executable, "-c", ON_WORKERS, str(folder)], 2, restarts=1, environment=environment)
    (folder / "status").write_text(str(status))
    return folder


@pytest.fixture(scope="module")
def alone():
    """The same training in this process, with ordinary tables."""
    return fit(compiled(network()), (clicks(48, 0), clicks(23, 1)), verbose=0, **SETTINGS)


def held(job, worker):
    """Weights and optimiser state of a worker at the end, by path."""
    with np.load(job / f"held-{worker}.npz") as kept:
        return {name.replace("|", "/"): kept[name] for name in kept.files}


def test_the_job_ends_well_and_its_second_start_goes_on_from_the_last_finished_epoch(job):
    assert (job / "status").read_text() == "0"
    assert (job / "killed").exists()
    for worker in (0, 1):
        assert json.loads((job / f"history-{worker}.json").read_text())["epoch"] == [1, 2]


def test_the_bundle_has_whole_tables_with_the_weights_of_one_process(job, alone):
    bundle = load_bundle(job / "machine-0" / "bundle")
    start = network().get_weights()
    for one, other in zip(bundle.model.weights, alone.model.weights, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-5, err_msg=other.path)
    moved = [np.abs(one - other).max() for one, other in zip(start, alone.model.get_weights(), strict=True)]
    assert max(moved) > 0.05


def test_each_worker_holds_half_of_the_rows_and_of_what_is_remembered_of_them(job):
    workers = [held(job, worker) for worker in (0, 1)]
    for name, rows in ROWS.items():
        sharded = rows >= 10
        tables = [path for path in workers[0] if f"{name}_embedding" in path or f"{name}_linear" in path]
        # Two tables, and two moments of each.
        assert len(tables) == 6
        for path in tables:
            for values in workers:
                assert len(values[path]) == (-(-rows // 2) if sharded else rows)
            assert (not np.array_equal(workers[0][path], workers[1][path])) == sharded, path


def test_the_moments_are_those_of_one_process(job, alone):
    workers = [held(job, worker) for worker in (0, 1)]
    for one in alone.model.optimizer.variables:
        parts = [values[name] for values in workers for name in values if name.split("/")[-1] == one.name]
        if "user_" in one.path:
            whole = np.stack(parts, axis=1).reshape(-1, one.shape[-1])[: one.shape[0]]
            np.testing.assert_allclose(whole, one.numpy(), atol=1e-6, err_msg=one.path)


def test_what_is_mirrored_ends_bit_by_bit_alike(job):
    first, second = (held(job, worker) for worker in (0, 1))
    mirrored = [path for path in first if "user_" not in path]
    assert len(mirrored) > 10
    for path in mirrored:
        np.testing.assert_array_equal(first[path], second[path], err_msg=path)


def test_the_figures_are_of_the_whole_split_on_both(job, alone):
    for worker in (0, 1):
        metrics = json.loads((job / f"metrics-{worker}.json").read_text())
        assert metrics["validation"]["log_loss"] == pytest.approx(alone.metrics["validation"]["log_loss"], rel=1e-4)
        np.testing.assert_allclose(metrics["history"]["val_loss"], alone.metrics["history"]["val_loss"], rtol=1e-4)


def test_the_bundle_answers_and_is_exported_without_any_of_this(job, alone, tmp_path):
    bundle = load_bundle(job / "machine-0" / "bundle")
    assert bundle.model.count_params() == alone.model.count_params()
    assert f"- Parameters: {alone.model.count_params():,}\n" in (job / "machine-0" / "bundle" / "card.md").read_text()
    prepared = prepare(clicks(23, 1), bundle.modalities)
    expected = predict_split(alone.model, prepare(clicks(23, 1), alone.modalities))
    np.testing.assert_allclose(predict_split(bundle.model, prepared), expected, atol=1e-5)
    record = {"user": "3", "weekday": "1"}
    assert predict_record(bundle, record)["score"] == pytest.approx(predict_record(alone, record)["score"], abs=1e-5)
    served = tf.saved_model.load(str(export_bundle(bundle, tmp_path / "saved" / "1")))
    raw = {name: tf.constant([value]) for name, value in record.items()}
    scores = served.signatures["serving_default"](**raw)["scores"]
    assert scores.numpy().item() == pytest.approx(predict_record(alone, record)["score"], abs=1e-5)


def test_each_worker_kept_its_part_until_the_bundle_was_whole(job):
    assert not (job / "machine-1" / "bundle").exists()
    assert {path.name for path in (job / "machine-0").iterdir()} == {"bundle", "bundle-training"}
    # Without logs: the first worker writes them.
    assert not list((job / "machine-1" / "bundle-worker-1-training").iterdir())


def test_outside_a_step_of_all_workers_the_network_says_where_its_rows_are(job):
    for worker in (0, 1):
        assert "lie on 2 workers, which have to look them up together" in (job / f"alone-{worker}").read_text()
