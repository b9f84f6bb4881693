import json

import keras
import pytest
import tensorflow as tf
from training.diagnosis import picture_model, records
from training.own_process import run_in_own_process

from multimodal_zoo.training import fit, strategies
from multimodal_zoo.unknown_name import UnknownName

MIRRORED = """
from multimodal_zoo.training import strategies
strategy = strategies.resolve("mirrored")
import keras, numpy as np
from multimodal_zoo.training import fit
from training.diagnosis import picture_model, records
assert strategy.num_replicas_in_sync == 2
keras.utils.set_random_seed(0)
with strategy.scope():
    model = picture_model()

def refused(**settings):
    with strategy.scope():
        other = picture_model()
        other.compile("adam", "sparse_categorical_crossentropy", **settings)
    try:
        fit(other, (records(8, 0), records(8, 1)), epochs=1, batch_size=8, verbose=0)
    except ValueError as error:
        print(error)

refused(steps_per_execution=2)
refused(jit_compile=True)
bundle = fit(model, (records(96, 0), records(47, 1)), epochs=15, learning_rate=0.01, patience=20, verbose=0)
print("accuracy", bundle.metrics["validation"]["accuracy"])
"""
PARAMETER_SERVER = """
import os
import tensorflow as tf, keras, numpy as np
from multimodal_zoo.launch.local_job import free_ports

worker, server = (f"127.0.0.1:{port}" for port in free_ports(2))
cluster = tf.train.ClusterSpec({"worker": [worker], "ps": [server]})
servers = [tf.distribute.Server(cluster, job_name=job, task_index=0) for job in ("worker", "ps")]
resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(cluster, rpc_layer="grpc")
strategy = tf.distribute.ParameterServerStrategy(resolver)
with strategy.scope():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
ones = np.ones((8, 3), "float32")
try:
    model.fit(tf.data.Dataset.from_tensor_slices((ones, ones[:, :1])).batch(4), verbose=0)
    print("trained", flush=True)
except Exception as error:
    print(error, flush=True)
# The servers have no end of their own.
os._exit(0)
"""


def test_mirrored_over_two_logical_cpus_trains_and_refuses_what_keras_cannot():
    done = run_in_own_process(MIRRORED)
    assert done.returncode == 0, done.stderr
    several_steps, compiled, accuracy = done.stdout.splitlines()
    assert several_steps.startswith(
        "steps_per_execution=2: Keras cannot run several steps in one graph over 2 replicas"
    )
    assert compiled.startswith("jit_compile=True: XLA cannot compile the exchange between 2 replicas")
    assert float(accuracy.split()[-1]) > 0.9


def test_unknown_strategy_lists_the_known_ones():
    with pytest.raises(
        UnknownName, match="Did you mean 'mirrored'.*auto, cpu, gpu, mirrored, multi_worker, param.*, tpu"
    ):
        strategies.resolve("miror")


def test_cpu_and_auto_are_one_replica_here(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert strategies.resolve("cpu").num_replicas_in_sync == 1
    if len(tf.config.list_physical_devices("GPU")) < 2:
        assert strategies.resolve("auto").num_replicas_in_sync == 1


def test_auto_joins_the_workers_that_tf_config_names(monkeypatch):
    monkeypatch.setattr(strategies, "multi_worker", lambda: "joined")
    monkeypatch.setattr(strategies, "repair_trainer", lambda strategy: None)
    task = {"type": "worker", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": task}))
    assert strategies.resolve("auto") == "joined"
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1"]}, "task": task}))
    assert strategies.resolve("auto") != "joined"


def test_mirrored_after_the_start_says_what_to_do():
    if tf.config.list_physical_devices("GPU") or len(tf.config.list_logical_devices("CPU")) > 1:
        pytest.skip("this process has more than one device")
    with pytest.raises(RuntimeError, match="before anything else uses TensorFlow"):
        strategies.resolve("mirrored")


def test_multi_worker_after_the_start_says_what_to_do(monkeypatch):
    tf.constant(0)
    config = {"cluster": {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    with pytest.raises(RuntimeError, match="joins its cluster when TensorFlow starts, and that has started already"):
        strategies.resolve("multi_worker")


def test_multi_worker_without_a_cluster_says_how_to_get_one(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(RuntimeError, match="finds no cluster.*TF_CONFIG.*srun.*multimodal-zoo launch"):
        strategies.resolve("multi_worker")


def test_what_is_not_on_this_machine_is_refused():
    if not tf.config.list_physical_devices("GPU"):
        with pytest.raises(RuntimeError, match="sees no GPU"):
            strategies.resolve("gpu")


def test_without_a_tpu_the_error_says_so():
    """In a process of its own: whoever looks for a TPU resets TensorFlow's devices."""
    if tf.config.list_physical_devices("TPU"):
        pytest.skip("this machine has one")
    done = run_in_own_process("from multimodal_zoo.training import strategies; strategies.resolve('tpu')")
    assert done.returncode == 1
    assert "RuntimeError: strategy 'tpu': there is no TPU 'local' that TensorFlow can reach" in done.stderr


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(
        ValueError, match="fit trains on the TensorFlow backend, and Keras runs on 'jax' here. Set KERAS_"
    ):
        strategies.require_trainable(picture_model())


def test_keras_distribution_is_refused():
    devices = keras.distribution.DeviceMesh((1,), ["batch"], ["cpu:0"])
    keras.distribution.set_distribution(keras.distribution.DataParallel(device_mesh=devices))
    try:
        with pytest.raises(
            ValueError, match="keras.distribution runs on the TensorFlow backend and distributes nothing"
        ):
            fit(picture_model(), (records(4, 0), records(4, 1)))
    finally:
        keras.distribution.set_distribution(None)


def test_parameter_servers_are_refused_for_the_reason_that_keras_gives():
    done = run_in_own_process(PARAMETER_SERVER)
    assert "trained" not in done.stdout, "Keras trains under ParameterServerStrategy now: offer it."
    assert "ClusterCoordinator" in done.stdout, done.stderr
    with pytest.raises(RuntimeError, match="ClusterCoordinator. Use 'multi_worker'"):
        strategies.resolve("parameter_server")
