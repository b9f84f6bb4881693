"""What Keras cannot do over several workers, and that it can with the repairs. Fails when Keras has mended it."""

import json
import os
import sys

import numpy as np
import pytest

from multimodal_zoo.launch import run_local_job

ON_WORKERS = """
import json, os, sys
from pathlib import Path
import numpy as np, tensorflow as tf, keras
strategy = tf.distribute.MultiWorkerMirroredStrategy()
from multimodal_zoo.training import keras_repairs
from multimodal_zoo.training.mean_over_replicas import MeanOverReplicas
from multimodal_zoo.training.workers import each_its_part, from_chief
worker, found = strategy.extended._id_in_cluster, {}

random = np.random.default_rng(0)
inputs = random.normal(3.0, 2.0, (8, 3)).astype("float32")

def trained(batches=8, **settings):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        counts = keras.layers.BatchNormalization(momentum=0.9)
        model = keras.Sequential([keras.Input((3,)), counts, keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.01), "mse")
    data = each_its_part(tf.data.Dataset.from_tensor_slices((inputs, inputs[:, :1])).batch(batches), model)
    model.fit(data, validation_data=data, verbose=0, **settings)
    return model

def attempt(name):
    try:
        trained()
    except Exception as error:
        found[name] = f"{type(error).__name__}: {error}"
    else:
        found[name] = "trained"

attempt("none")
keras_repairs.repair_symbolic_build()
attempt("symbolic build")
keras_repairs.repair_mean_of_scalars()
attempt("both")
found["apart"] = trained().layers[0].moving_mean.numpy().tolist()
found["together"] = trained(callbacks=[MeanOverReplicas()]).layers[0].moving_mean.numpy().tolist()
content = bytes(np.random.default_rng(1).integers(0, 256, 131_073, "uint8"))
found["content"] = from_chief(content if worker == 0 else b"", strategy) == content
found["empty"] = from_chief(b"", strategy) == b""
Path(sys.argv[1], f"{worker}.json").write_text(json.dumps(found))
"""
MENDED = "Keras has mended {}: delete {} of multimodal_zoo/training/keras_repairs.py."


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What each of two workers has found."""
    folder = tmp_path_factory.mktemp("repairs")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    assert run_local_job([sys.executable, "-c", ON_WORKERS, str(folder)], 2, environment=environment) == 0
    return [json.loads((folder / f"{worker}.json").read_text()) for worker in (0, 1)]


def test_without_repairs_the_network_is_not_built(found):
    for one in found:
        assert one["none"] != "trained", MENDED.format("#20585", "repair_symbolic_build")
        assert "PerReplica" in one["none"]


def test_without_the_second_repair_a_step_fails(found):
    for one in found:
        assert one["symbolic build"] != "trained", MENDED.format("#20329", "repair_mean_of_scalars")
        assert "Invalid reduction dimension 0 for input with 0 dimensions" in one["symbolic build"]


def test_with_both_repairs_it_trains(found):
    assert [one["both"] for one in found] == ["trained", "trained"]


def test_moving_means_are_those_of_the_whole_batch(found):
    """After one step from 0 the moving mean is a tenth of the batch's."""
    inputs = np.random.default_rng(0).normal(3.0, 2.0, (8, 3)).astype("float32")
    for worker, one in enumerate(found):
        np.testing.assert_allclose(one["apart"], 0.1 * inputs[4 * worker : 4 * worker + 4].mean(0), rtol=1e-5)
        np.testing.assert_allclose(one["together"], 0.1 * inputs.mean(0), rtol=1e-5)


def test_bytes_of_the_chief_arrive_as_they_are(found):
    assert all(one["content"] and one["empty"] for one in found)
