"""What `Profile` says of trainings of which it is known where their time goes."""

import time
from pathlib import Path

import keras
import pytest
import tensorflow as tf
from training.numbers_model import differences, numbers, numbers_model, weights_of

from multimodal_zoo.training import fit
from multimodal_zoo.training.profile import Profile

STEPS = 12


def slow(seconds):
    """What lets a number pass after so long."""

    def wait(value):
        time.sleep(seconds)
        return value

    return lambda value: tf.ensure_shape(tf.numpy_function(wait, [value], tf.float32), value.shape)


class SlowLayer(keras.layers.Layer):
    """Waits in the step itself."""

    def __init__(self, seconds):
        super().__init__()
        self.wait = slow(seconds)

    def call(self, values):
        return tf.stop_gradient(self.wait(values)) + values * 0.0

    def compute_output_shape(self, shape):
        return shape


def measured(input_seconds, step_seconds, epochs=1):
    """A training of few steps whose input and whose step take so long, and what was said of it."""
    inputs = keras.Input((3,))
    hidden = SlowLayer(step_seconds)(inputs) if step_seconds else inputs
    model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    model.compile("sgd", "mean_squared_error")
    data = tf.data.Dataset.from_tensors((tf.ones((4, 3)), tf.ones((4, 1)))).repeat()
    if input_seconds:
        wait = slow(input_seconds)
        data = data.map(lambda x, y: (wait(x), y))
    profile = Profile(batch_size=4)
    model.fit(data.prefetch(1), steps_per_epoch=STEPS, epochs=epochs, callbacks=[profile], verbose=0)
    return profile.report()


def test_a_slow_pipeline_is_what_the_training_waits_for():
    found = measured(0.05, 0)
    assert found["input_share"] > 0.7
    # A batch of four every twentieth of a second.
    # What was prepared while the first step was traced comes without a wait.
    assert 0 < found["examples_per_second"] < 2 * 4 / 0.05
    assert found["step_ms"] > 35 and found["step_ms_p90"] >= found["step_ms"]


def test_a_slow_step_is_not_waiting_for_input():
    found = measured(0, 0.05)
    assert found["input_share"] < 0.3 and found["step_ms"] > 50


def test_a_pipeline_that_keeps_pace_behind_a_slow_step_is_not_waited_for():
    # Together it would be half of the time; but the next batch is made while the step runs.
    assert measured(0.05, 0.1)["input_share"] < 0.3


def test_the_first_step_is_told_apart_and_validation_is_counted():
    found = measured(0, 0.02, epochs=2)
    assert found["steps"] == 2 * STEPS
    # To trace a step takes longer than any of these.
    assert found["tracing_seconds"] > 0.02
    assert found["validation_seconds"] == 0 and found["checkpoint_seconds"] == 0


def test_of_one_step_alone_there_is_no_speed_to_tell():
    profile = Profile(batch_size=4)
    assert profile.report()["tracing_seconds"] is None
    profile.waits, profile.steps = [0.5], [2.0]
    found = profile.report()
    assert found["examples_per_second"] is None and found["input_share"] is None and found["tracing_seconds"] == 2.0


def test_the_figures_follow_from_the_seconds_of_the_steps():
    profile = Profile(batch_size=10)
    profile.waits, profile.steps = [9.0, 0.1, 0.1, 0.3], [9.0, 0.3, 0.1, 0.1]
    found = profile.report()
    assert found["examples_per_second"] == pytest.approx(30.0)
    assert found["input_share"] == pytest.approx(0.5)
    assert found["step_ms"] == pytest.approx(400.0) and found["step_ms_p90"] == pytest.approx(400.0)
    assert found["tracing_seconds"] == pytest.approx(8.6)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells it a second way")
def test_the_peak_of_the_memory_is_that_of_the_process():
    (line,) = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM:")]
    assert Profile(1).report()["peak_memory_mb"] == pytest.approx(int(line.split()[1]) / 1024, rel=0.05)


def test_a_training_that_is_measured_is_the_same_training(tmp_path):
    def train(**settings):
        keras.utils.set_random_seed(1)
        settings = {"epochs": 2, "batch_size": 16, "verbose": 0, **settings}
        return fit(numbers_model(), (numbers(72, 0), numbers(32, 1)), **settings)

    plain, profiled = train(), train(profile=True, out=tmp_path / "bundle")
    assert not differences(weights_of(plain), weights_of(profiled))
    assert plain.metrics["history"] == profiled.metrics["history"] and "profile" not in plain.metrics
    found = profiled.metrics["profile"]
    assert found["steps"] == 8 and 0 < found["validation_seconds"] < profiled.metrics["seconds"]
    assert 0 < found["checkpoint_seconds"] < profiled.metrics["seconds"]
