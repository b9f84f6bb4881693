"""A training that is interrupted and goes on ends, bit for bit, as the one that is not; see also the critic's and the
captions' own tests."""

from unittest import mock

import keras
import numpy as np
import pytest
from training.interrupted import interrupted, stopped
from training.numbers_model import differences, numbers, numbers_model, weights_of
from training.own_process import run_in_own_process

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records, column
from multimodal_zoo.modalities import Categorical
from multimodal_zoo.training import fit
from multimodal_zoo.training.checkpoint import Checkpoint
from multimodal_zoo.training.keep_mean import KeepMean
from multimodal_zoo.training.precision import precision
from multimodal_zoo.training.storage import StorageError, locked

# Nothing of the interrupted training may be moved aside.
pytestmark = pytest.mark.filterwarnings("error:The unfinished training")
SPLITS = numbers(72, 0), numbers(32, 1)
# Four steps an epoch.
SETTINGS = {"epochs": 3, "patience": 9, "batch_size": 16, "seed": 1, "verbose": 0}


def by_numbers(**settings):
    return fit(numbers_model(), SPLITS, learning_rate=0.05, **settings)


def by_schedule(**settings):
    model = numbers_model()
    schedule = keras.optimizers.schedules.CosineDecay(0.05, 10)
    rule = keras.optimizers.AdamW(schedule, use_ema=True, ema_momentum=0.5, gradient_accumulation_steps=3)
    model.compile(rule, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return fit(model, SPLITS, keep="mean", **settings)


def by_blend(**settings):
    return by_numbers(blend={"x": 0.3, "z": 0.2, "joint": 0.5}, **settings)


def by_two(**settings):
    return by_numbers(steps_per_execution=2, **settings)


def by_half_precision(**settings):
    with precision("mixed_float16"):
        return by_numbers(accumulate=2, **settings)


def by_negatives(**settings):
    random = np.random.default_rng(0)

    def split(count):
        ids = {name: column(map(str, random.integers(0, 9, count))) for name in ("user", "item")}
        return Records(ids, np.ones(count, "float32"))

    fields = {"user": Categorical(12), "item": Categorical(12)}
    sides = {"user_fields": ("user",), "item_fields": ("item",)}
    model = mz.create_model("two_tower", fields=fields, **sides, fusion="bi_interaction", dropout=0.3)
    return fit(model, (split(72), split(32)), in_batch_negatives="item", **settings)


@pytest.mark.parametrize(
    ("way", "minutes", "written", "left"),
    [
        # Behind the second epoch.
        (by_numbers, 15.0, 2, 4),
        # Behind the second step of the second epoch, with a checkpoint after every step.
        *((way, 0.0, 6, 6) for way in (by_schedule, by_blend, by_half_precision, by_negatives)),
        # The same, with a checkpoint after every two.
        (by_two, 0.0, 3, 3),
    ],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_it_ends_as_the_uninterrupted_one(tmp_path, way, minutes, written, left):
    def train(out):
        keras.utils.set_random_seed(1)
        return way(out=out, checkpoint_minutes=minutes, **SETTINGS)

    whole = train(None)
    resumed, calls = interrupted(train, tmp_path / "resumed", written)
    assert calls == left
    assert not differences(weights_of(whole), weights_of(resumed))
    same = ("history", "validation", "epochs", "best_epoch")
    assert {name: whole.metrics[name] for name in same} == {name: resumed.metrics[name] for name in same}
    assert len(whole.metrics["history"]["val_loss"]) == 3


MIRRORED = """
import sys
from multimodal_zoo.training import strategies
strategy = strategies.resolve("mirrored")
import keras
from pathlib import Path
from training.interrupted import interrupted
from training.numbers_model import differences, numbers, numbers_model, weights_of
from multimodal_zoo.training import fit

def train(out):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = numbers_model()
    settings = {"epochs": 3, "patience": 9, "batch_size": 16, "verbose": 0, "checkpoint_minutes": 0.0}
    return fit(model, (numbers(72, 0), numbers(32, 1)), out=out, **settings)

assert strategy.num_replicas_in_sync == 2
whole = train(None)
resumed, steps = interrupted(train, Path(sys.argv[1]), 6)
same = whole.metrics["history"] == resumed.metrics["history"]
print(steps, differences(weights_of(whole), weights_of(resumed)), same)
"""


def test_on_two_replicas_it_does_so_too(tmp_path):
    done = run_in_own_process(MIRRORED, str(tmp_path / "bundle"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[-2] == "6 [] True"


def test_what_was_stopped_behind_its_last_epoch_only_writes_its_bundle(tmp_path):
    def train(finish=None):
        keras.utils.set_random_seed(1)
        model = numbers_model()
        # Nothing gets better: the second epoch is the last.
        model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
        model.get_layer("norm").momentum = 1.0
        return fit(model, SPLITS, out=tmp_path / "bundle", finish=finish, **{**SETTINGS, "patience": 1})

    def stop(bundle):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(stop)
    with mock.patch.object(Checkpoint, "on_train_batch_end", autospec=True) as step:
        bundle = train()
    assert not step.called and (bundle.metrics["best_epoch"], bundle.metrics["epochs"]) == (1, 2)
    left = [path.name for path in (tmp_path / "bundle-training").iterdir()]
    assert left == ["logs"], "the checkpoint is gone once the bundle is written, and not before"


def test_a_spoilt_checkpoint_is_told_and_the_one_before_is_taken(tmp_path):
    def train(out):
        keras.utils.set_random_seed(1)
        return by_numbers(out=out, **SETTINGS)

    out = tmp_path / "bundle"
    stopped(train, out, 2)
    first, last = sorted((tmp_path / "bundle-training" / "checkpoint").iterdir())
    spoilt = bytearray(last.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    last.write_bytes(spoilt)
    with pytest.warns(UserWarning, match=f"{last} is not whole.*goes on from the one before"):
        resumed = train(out)
    assert not differences(weights_of(train(None)), weights_of(resumed))


def test_more_epochs_may_follow_and_other_settings_begin_anew(tmp_path):
    def train(epochs, **settings):
        keras.utils.set_random_seed(1)
        return by_numbers(**{**SETTINGS, "out": tmp_path / "bundle", "epochs": epochs, **settings})

    for epochs in (2, 4):
        stopped(lambda out, epochs=epochs: train(epochs), tmp_path / "bundle", 1)
    written = sorted(path.name for path in (tmp_path / "bundle-training" / "checkpoint").iterdir())
    assert written == ["000001-000000000.state", "000002-000000000.state"]
    # The mean is of the late ones of all epochs: with more of them it is another training.
    with pytest.warns(UserWarning, match="had other settings .*keep: 'best', now 'mean'.*epochs: None, now 4"):
        stopped(lambda out: train(4, keep="mean"), tmp_path / "bundle", 1)
    with pytest.warns(UserWarning, match=r"had other settings \(epochs: 4, now 3\)"):
        assert train(3, keep="mean").metrics["epochs"] == 3
    assert len([path for path in tmp_path.iterdir() if "-training.old-" in path.name]) == 2


def test_the_checkpoint_of_another_network_is_refused(tmp_path):
    def train(units):
        inputs = keras.Input((2,))
        learner = keras.Model(inputs, keras.layers.Dense(units)(inputs))
        learner.compile(keras.optimizers.SGD(), "mean_squared_error")
        learner.optimizer.build(learner.trainable_variables)
        return Checkpoint(tmp_path, learner, learner, KeepMean(0), steps=1)

    train(3).write()
    with pytest.raises(ValueError, match=r"a variable of the shape \(2, 3\) for one of \(2, 4\).*Move"):
        train(4).restore()


def test_two_trainings_do_not_share_a_folder(tmp_path):
    work = tmp_path / "bundle-training"
    work.mkdir()
    with locked(work), pytest.raises(StorageError, match="Another training writes to .*bundle-training: wait"):
        by_numbers(out=tmp_path / "bundle", **SETTINGS)
