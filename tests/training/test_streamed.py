"""Training from shards: the same batches and the same network as from memory, and errors that say what is wrong."""

import json
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.diagnosis import held_records, picture_model, tiny_model
from training.own_process import run_in_own_process

from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.shards import CorruptShard, ShardError, load_shards, write_shards
from multimodal_zoo.shards.shard_split import ShardSplit
from multimodal_zoo.training import evaluate, fit, keeper
from multimodal_zoo.training.keep_mean import KeepMean
from multimodal_zoo.training.pipeline import prepare, training_batches
from multimodal_zoo.training.streamed import Streamed
from tests.made_up_data import made_up_data


def data_set(train):
    splits = {"train": train, "validation": held_records(24, 1), "test": held_records(16, 2)}
    modalities = {"image": Image(8, 8, 1), "report": Text(20, 8)}
    return made_up_data("bright halves", "classification", modalities, splits, ("right", "left"))


BROKEN = {3: b"junk", 11: b"\x89PNG junk", 17: b""}


@pytest.fixture(scope="module")
def data():
    return data_set(held_records(48, 0, image=BROKEN))


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    """One shard a split, so that a shuffle buffer of all records gives the order that `prepare` gives."""
    folder = tmp_path_factory.mktemp("one")
    write_shards(data, folder, shards=1)
    return folder


def same_batches(found, wanted, count):
    for (inputs, labels), (own, own_labels) in zip(found.take(count), wanted.take(count), strict=True):
        assert list(inputs) == list(own)
        for name in own:
            np.testing.assert_array_equal(inputs[name].numpy(), own[name].numpy(), err_msg=name)
        np.testing.assert_array_equal(labels.numpy(), own_labels.numpy())
        assert labels.dtype == own_labels.dtype


@pytest.mark.parametrize("first_epoch", [0, 2])
def test_the_very_same_batches_come_as_from_memory(data, folder, first_epoch):
    """Order, decoding, presence and augmentation, over two epochs."""
    modalities = {"image": Image(8, 8, 1, crop=0.2, flip=True, noise=0.1), "report": Text(20, 8).adapt(["fever and"])}
    settings = {"batch_size": 16, "seed": 5, "first_epoch": first_epoch}
    streamed = Streamed(load_shards(folder).split("train"), modalities, with_presence=True)
    prepared = prepare(data.split("train"), modalities)
    wanted = training_batches(prepared, modalities, with_presence=True, **settings)
    same_batches(streamed.training_batches(**settings), wanted, 6)
    assert len(streamed) == len(prepared) and streamed.steps(16) == 3
    np.testing.assert_array_equal(streamed.labels.numpy(), prepared.labels.numpy())


def test_what_cannot_be_read_is_counted_once(data, folder):
    modalities = {"image": Image(8, 8, 1), "report": Text(20, 8).adapt(["fever"])}
    for steps in (0, 4, 9):
        streamed = Streamed(load_shards(folder).split("train"), modalities, with_presence=True)
        for _ in streamed.training_batches(batch_size=15, seed=0).take(steps):
            pass
        # After four steps the first epoch is over; before, the records are looked through for it.
        assert streamed.undecodable_counts() == prepare(data.split("train"), modalities).undecodable_counts()
        assert streamed.undecodable_counts() == {"image": 2}


def test_what_is_read_ahead_twice_is_counted_once(folder):
    modalities = {"image": Image(8, 8, 1), "report": Text(20, 8).adapt(["fever"])}
    streamed = Streamed(load_shards(folder).split("train"), modalities, with_presence=True)
    batches = streamed.training_batches(batch_size=16, seed=0).take(3)
    for _ in range(2):
        assert len(list(batches)) == 3
        assert streamed.undecodable_counts() == {"image": 2}


def test_a_network_learns_from_shards_inside_the_scope_of_a_strategy(folder):
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        _, bundle = weights_after(load_shards(folder), epochs=1)
    assert bundle.metrics["undecodable"] == {"train": {"image": 2}, "validation": {}}


def weights_after(data, model=tiny_model, **arguments):
    keras.utils.set_random_seed(0)
    model = model()
    bundle = fit(model, data, batch_size=16, learning_rate=0.01, seed=4, verbose=0, **arguments)
    return [weight.numpy() for weight in model.weights], bundle


def test_a_network_learns_from_shards_what_it_learns_from_memory(data, folder, monkeypatch):
    wanted, held = weights_after(data, epochs=3)
    monkeypatch.setattr(ShardSplit, "dataset", only_of_the_validation_split(ShardSplit.dataset))
    found, bundle = weights_after(load_shards(folder), epochs=3)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)
    for name in ("data", "undecodable", "validation", "constant", "best_epoch"):
        assert bundle.metrics[name] == held.metrics[name], name
    assert bundle.metrics["undecodable"] == {"train": {"image": 2}, "validation": {}}
    assert bundle.class_names == ("right", "left")
    # The vocabulary was learned from the stream.
    assert bundle.modalities["report"] == held.modalities["report"] and bundle.modalities["report"].learned_state()
    # The sketch holds the same records: the shards are as long as the split.
    assert json.dumps(bundle.inputs) == json.dumps(held.inputs)


def only_of_the_validation_split(dataset):
    """The training split, which `prepare` would hold in memory, is not to be read this way."""

    def guarded(split):
        assert split.name != "train"
        return dataset(split)

    return guarded


def test_a_network_learns_from_several_shards_and_a_small_buffer(data, tmp_path):
    write_shards(data_set(held_records(50, 0)), tmp_path, records_per_shard=9, seed=0)
    _, bundle = weights_after(load_shards(tmp_path, shuffle_buffer=8), epochs=12, class_weight="balanced")
    assert bundle.metrics["validation"]["accuracy"] > 0.9 and bundle.metrics["beats_constant"]
    assert evaluate(bundle, load_shards(tmp_path).split("test"))["accuracy"] > 0.9


class Stop(Exception):
    pass


def without_dropout():
    """Where a dropout is at is not kept over an interruption."""
    return picture_model(missing_modalities=True, dropout=0.0)


def test_a_run_that_was_interrupted_goes_on_as_if_it_had_not_been(data, tmp_path, monkeypatch):
    write_shards(data_set(held_records(40, 0)), tmp_path / "shards", records_per_shard=9)
    shards = load_shards(tmp_path / "shards", shuffle_buffer=8)
    settings = {"model": without_dropout, "epochs": 4, "keep": "last"}
    wanted, _ = weights_after(shards, out=tmp_path / "whole", **settings)

    class Interrupted(KeepMean):
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            if epoch == 2:
                raise Stop

    monkeypatch.setattr(keeper, "KeepMean", Interrupted)
    with pytest.raises(Stop):
        weights_after(shards, out=tmp_path / "part", **settings)
    monkeypatch.setattr(keeper, "KeepMean", KeepMean)
    found, bundle = weights_after(load_shards(tmp_path / "shards", shuffle_buffer=8), out=tmp_path / "part", **settings)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert bundle.metrics["epochs"] == 4


def test_a_missing_picture_that_the_network_cannot_be_told_of_is_refused(folder):
    with pytest.raises(ValueError, match="'image' of a record is missing or unreadable. Build the model with missing_"):
        fit(picture_model(), load_shards(folder), epochs=1, batch_size=16, verbose=0)


@pytest.mark.parametrize(
    "asked",
    [
        {"linear_start": 0.1},
        {"soft_targets": (np.zeros((48, 2)), np.zeros((24, 2)))},
        {"on_undecodable": "skip"},
    ],
)
def test_what_needs_all_records_in_memory_is_refused(folder, asked):
    with pytest.raises(ValueError, match=f"{next(iter(asked))}=.* needs the training split in memory"):
        fit(tiny_model(), load_shards(folder), epochs=1, verbose=0, **asked)


def test_a_shard_that_breaks_during_training_is_named(tmp_path):
    write_shards(data_set(held_records(40, 0)), tmp_path, shards=2)
    data = load_shards(tmp_path, verify=False)
    split = data.split("train")
    split.labels  # noqa: B018  (read before)
    content = bytearray(split.files[1].read_bytes())
    content[-20] ^= 1
    split.files[1].write_bytes(content)
    with pytest.raises(ShardError, match=r"train-00001-of-00002.*record 19: its check sum is wrong"):
        fit(without_dropout(), data, epochs=1, batch_size=16, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CorruptShard)
        left = load_shards(tmp_path, on_corrupt="skip")
        _, bundle = weights_after(left, without_dropout, epochs=1)
    assert bundle.metrics["left_out"] == {"train": 1, "validation": 0}


TWO_REPLICAS = """
import sys
import keras
from multimodal_zoo.training import strategies

strategy = strategies.resolve("mirrored")
from training.diagnosis import held_records, picture_model
from training.test_streamed import data_set
from multimodal_zoo.shards import load_shards, write_shards
from multimodal_zoo.training import fit

write_shards(data_set(held_records(37, 0)), sys.argv[1], shards=3)
with strategy.scope():
    model = picture_model(missing_modalities=True, dropout=0.0)
bundle = fit(model, load_shards(sys.argv[1]), epochs=2, batch_size=8, verbose=0)
print(strategy.num_replicas_in_sync, int(model.optimizer.iterations.numpy()), bundle.metrics["epochs"])
"""


def test_two_replicas_share_each_batch_of_an_uneven_split(tmp_path):
    """Of 37 records 36 are read in an epoch: four batches of 8 and one of 4."""
    done = run_in_own_process(TWO_REPLICAS, str(tmp_path / "shards"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["2", "10", "2"]
