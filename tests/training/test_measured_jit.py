"""XLA is taken where it is faster, and to find out leaves no trace in the training."""

import itertools
import json
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.interrupted import interrupted
from training.numbers_model import differences, numbers, numbers_model, weights_of

from multimodal_zoo.training import fit, measured_jit
from multimodal_zoo.training.measured_jit import chosen_by, measured, replayed

CHOSEN = "multimodal_zoo.training.measured_jit.chosen_by"


def train(out=None, steps_per_execution=None, **settings):
    keras.utils.set_random_seed(1)
    model = numbers_model()
    if steps_per_execution is not None:
        loss = "sparse_categorical_crossentropy"
        model.compile(keras.optimizers.Adam(0.01), loss, steps_per_execution=steps_per_execution)
    settings = {"epochs": 3, "batch_size": 8, "learning_rate": 0.01, "verbose": 0, "out": out, **settings}
    return fit(model, (numbers(72, 0), numbers(16, 1)), **settings)


def choosing(xla):
    """Measure, and choose this way whatever came out."""
    return mock.patch(CHOSEN, side_effect=lambda found, steps: {**chosen_by(found, steps), "xla": xla})


@pytest.mark.parametrize(
    ("xla", "settings"),
    [
        (True, {}),
        (False, {"profile": True}),
        (False, {"steps_per_execution": 3, "class_weight": "balanced"}),
        # The first batches are more than there are steps.
        (False, {"epochs": 1, "batch_size": 72}),
    ],
)
def test_the_training_is_the_one_with_the_chosen_way_given(xla, settings):
    with choosing(xla) as choose:
        found = train(jit_compile="measure", **settings)
    assert choose.call_count == 1 and found.metrics["jit_compile"] is xla
    given = train(jit_compile=xla, **settings)
    assert differences(weights_of(found), weights_of(given)) == []
    assert found.metrics["history"] == given.metrics["history"]
    assert "jit_measured" not in given.metrics


def test_the_figures_tell_both_times_and_the_choice():
    record = train(jit_compile="measure").metrics["jit_measured"]
    assert set(record) == {"xla", "plain_ms", "xla_ms", "compile_seconds", "steps", "margin"}
    assert record["steps"] == 27 and record["margin"] == measured_jit.MARGIN
    assert record["plain_ms"] > 0 and record["xla_ms"] > 0
    worth = record["xla_ms"] * 27 + 1e3 * record["compile_seconds"] <= 0.95 * record["plain_ms"] * 27
    assert record["xla"] is worth


@pytest.mark.parametrize(
    ("plain", "xla", "compiling", "steps", "worth"),
    [
        # A step half as long saves 10 ms: 500 steps and 5 % pay for 4.5 s of compiling.
        (0.020, 0.010, 4.5, 500, True),
        (0.020, 0.010, 4.6, 500, False),
        (0.020, 0.010, 4.6, 1000, True),
        # Four per cent are within the margin, however many steps there are.
        (0.0100, 0.0096, 0.0, 10**6, False),
        (0.0100, 0.0094, 0.0, 10**6, True),
        (0.010, 0.020, 0.0, 10**6, False),
    ],
)
def test_xla_has_to_pay_for_its_compiling_and_a_margin(plain, xla, compiling, steps, worth):
    found = chosen_by({"plain": plain, "xla": xla, "compiling": compiling}, steps)
    assert found == {
        "xla": worth,
        "plain_ms": 1e3 * plain,
        "xla_ms": 1e3 * xla,
        "compile_seconds": compiling,
        "steps": steps,
        "margin": 0.05,
    }


def test_steps_are_timed_in_turns_and_the_first_ones_not_counted():
    clock, called = itertools.count(), []
    seconds = {False: iter([3.0, 9.0, 9.0, *[1.0, 2.0] * 3, 1.0]), True: iter([7.5, 9.0, 9.0, *[4.0, 3.0] * 3, 4.0])}

    def timed(function, source):
        called.append(function)
        next(clock)
        return next(seconds[function])

    with mock.patch.object(measured_jit, "seconds_of", timed):
        found = measured({False: False, True: True}, None)
    assert found == {"plain": 1.0, "xla": 4.0, "compiling": 4.5}
    assert called == [False, True] * 10


def test_slow_steps_are_timed_less_often():
    with mock.patch.object(measured_jit, "seconds_of", mock.Mock(return_value=10.0)) as timed:
        measured({False: None, True: None}, None)
    # The first, two rounds of warm-up, and two rounds of 20 s.
    assert timed.call_count == 2 * (1 + 2 + 2)


def test_what_xla_cannot_compile_is_trained_without():
    def made(self, xla):
        def refuse(source):
            raise tf.errors.InvalidArgumentError(None, None, "no kernel\nfor it")

        self.model.jit_compile = False
        self.model.make_train_function(force=True)
        return refuse if xla else self.model.train_function

    with mock.patch.object(measured_jit.MeasuredJit, "made", made):
        found = train(jit_compile="measure")
    assert found.metrics["jit_measured"] == {"xla": False, "refusal": "no kernel for it"}
    assert differences(weights_of(found), weights_of(train(jit_compile=False))) == []


def test_a_training_that_resumes_keeps_to_its_choice(tmp_path):
    def again(out):
        return train(out, jit_compile="measure", checkpoint_minutes=0.0)

    with choosing(True) as choose:
        resumed, steps = interrupted(again, tmp_path / "bundle", written=12)
    assert choose.call_count == 1 and steps == 27 - 12
    given = train(jit_compile=True)
    assert differences(weights_of(resumed), weights_of(given)) == []
    assert resumed.metrics["jit_measured"]["xla"] is True and resumed.metrics["jit_measured"]["steps"] == 27
    assert json.loads((tmp_path / "bundle" / "metrics.json").read_text())["jit_measured"]["xla"] is True
    # Another training in the same place asks anew.
    with choosing(False) as choose:
        assert train(tmp_path / "bundle", jit_compile="measure").metrics["jit_compile"] is False
    assert choose.call_count == 1


def test_replayed_batches_have_the_shape_that_was_traced():
    batches = tf.data.Dataset.range(10).map(lambda one: ({"x": [one]}, one)).batch(4)
    source = iter(batches)
    found = replayed(list(source), source.element_spec)
    assert found.element_spec == batches.element_spec
    np.testing.assert_array_equal([one.numpy().tolist() for _, one in found][2], [8, 9])


def test_a_way_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="jit_compile is True, False, 'auto' or 'measure', got 'on'"):
        train(jit_compile="on")
