import pytest
from training.own_process import run_in_own_process

from multimodal_zoo.training import strategies
from multimodal_zoo.unknown_name import UnknownName

MIRRORED = """
from multimodal_zoo.training import strategies
strategy = strategies.resolve("mirrored")
import keras, numpy as np
from multimodal_zoo.training import fit
from training.diagnosis import records, tiny_model
assert strategy.num_replicas_in_sync == 2
keras.utils.set_random_seed(0)
with strategy.scope():
    model = tiny_model()
bundle = fit(model, (records(96, 0), records(47, 1)), epochs=15, learning_rate=0.01, patience=20, verbose=0)
print("accuracy", bundle.metrics["validation"]["accuracy"])
"""


def test_mirrored_over_two_logical_cpus_trains():
    done = run_in_own_process(MIRRORED)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) > 0.9


def test_unknown_strategy_lists_the_known_ones():
    with pytest.raises(UnknownName, match="Did you mean 'mirrored'.*auto, cpu, mirrored"):
        strategies.resolve("miror")


def test_cpu_and_auto_are_one_replica_here():
    assert strategies.resolve("cpu").num_replicas_in_sync == 1


def test_mirrored_after_the_start_says_what_to_do():
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU") or len(tf.config.list_logical_devices("CPU")) > 1:
        pytest.skip("this process has more than one device")
    with pytest.raises(RuntimeError, match="before anything else uses TensorFlow"):
        strategies.resolve("mirrored")
