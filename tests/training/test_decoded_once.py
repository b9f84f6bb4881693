"""Records that are decoded once: the very same batches, whatever happens while they are written."""

import contextlib
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf
from shards.small_data import small_data
from training.diagnosis import held_records, picture_model
from training.interrupted import Interrupted
from training.numbers_model import differences

from multimodal_zoo.datasets import Records, column
from multimodal_zoo.launch import run_local_job
from multimodal_zoo.modalities import (
    Audio,
    Categorical,
    IdSequence,
    Image,
    MultiCategorical,
    Numeric,
    Points,
    Series,
    Tensors,
    Text,
    Video,
)
from multimodal_zoo.modalities.modality import KINDS
from multimodal_zoo.shards import ShardError, load_shards, write_shards
from multimodal_zoo.shards.row_file import RowFile
from multimodal_zoo.shards.shard_index import Label
from multimodal_zoo.training import decoded_once as deciding
from multimodal_zoo.training import fit
from multimodal_zoo.training.checkpoint import Checkpoint
from multimodal_zoo.training.decoded_once import decoded_once, is_worth_decoding_once
from multimodal_zoo.training.decoded_row import DecodedRow, Field
from multimodal_zoo.training.splits import adapt
from multimodal_zoo.training.storage import StorageError
from multimodal_zoo.training.streamed import Streamed
from tests.made_up_data import made_up_data

GIB = 2**30


@pytest.fixture
def always(monkeypatch):
    """Whatever it costs."""
    monkeypatch.setattr(deciding, "TIMES_AS_LARGE", 10**6)


@pytest.mark.parametrize(
    ("worth", "asked"),
    [
        (True, {}),
        (False, {"epochs": 1}),
        (True, {"decoded": 2000}),
        (False, {"decoded": 2001}),
        (True, {"records": GIB // 400}),
        (False, {"records": GIB // 400 + 1}),
        (False, {"free": 0}),
    ],
)
def test_it_is_worth_it_for_several_epochs_of_small_records_that_fit(worth, asked):
    usual = {"epochs": 2, "decoded": 200, "serialised": 500.0, "records": 1000, "free": GIB}
    assert is_worth_decoding_once(**{**usual, **asked}) is worth


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int8", "float16", "bfloat16", "int16", "float32", "int32", "float64", "int64", "uint64"]
)
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 5), (4, 1, 2)])
def test_every_type_comes_back_as_it_was(dtype, shape):
    drawn = np.random.default_rng(0).integers(0, 256, (7, *shape, 8), "uint8")
    dtype = tf.as_dtype(dtype)
    # Any bits: numbers that are none among them.
    values = (
        drawn[..., 0] > 99 if dtype == tf.bool else drawn[..., : dtype.size].copy().view(dtype.as_numpy_dtype)[..., 0]
    )
    field = Field(dtype, shape)
    packed = field.pack(tf.constant(values))
    assert packed.shape == (7, field.numbers) and packed.dtype == tf.int32
    found = field.unpack(packed)
    assert found.dtype == dtype and found.numpy().tobytes() == np.ascontiguousarray(values).tobytes()
    assert found.shape == (7, *shape)


def test_a_row_tells_what_is_absent_from_what_is_broken():
    row = DecodedRow({"age": Numeric(1), "sick": Numeric(2)}, Label("int64", (2,)))
    presence = tf.constant([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    broken = tf.constant([[False, True], [False, False], [True, False]])
    given = Tensors({"age": tf.constant([[1.0], [0.0], [np.nan]]), "sick": tf.zeros((3, 2))}, presence, broken)
    labels = tf.constant([[1, -(2**40)]] * 3, tf.int64)
    rows = row.pack(given, labels)
    assert rows.shape == (3, row.numbers) and row.numbers == 1 + 3 + 4
    found, found_labels = row.unpack(rows)
    for name in given.content:
        np.testing.assert_array_equal(found.content[name], given.content[name])
    np.testing.assert_array_equal(found.presence, presence)
    np.testing.assert_array_equal(found.undecodable, broken)
    np.testing.assert_array_equal(found_labels, labels)
    with pytest.raises(TypeError, match="Expected int64, got int32"):
        row.pack(given, tf.zeros((3, 2), tf.int32))


EVERY_KIND = {
    "sound": Audio(seconds=0.2, features="waveform", time_mask=0.3, noise=0.1),
    "item": Categorical(40, id_drop=0.3),
    "history": IdSequence(40, length=5),
    "image": Image(8, 8, 3, crop=0.2, flip=True, noise=0.1),
    "tags": MultiCategorical(40, 3, id_drop=0.2),
    "ages": Numeric(3),
    "cloud": Points(features=3, points=6, noise=0.1, rotate=10.0),
    "sensors": Series(2, 4, noise=0.1),
    "note": Text(50, 6),
    "film": Video(3, 8, 8, flip=True),
}
BROKEN = {"sound": b"RIFF junk", "image": b"\x89PNG junk", "film": [b"GIF89a junk"]}


@pytest.fixture(scope="module")
def of_every_kind(tmp_path_factory):
    """Shards with a modality of every kind, some of each missing and some broken; and the fitted modalities."""
    assert {one.kind for one in EVERY_KIND.values()} == set(KINDS)
    words = ["fever", "and", "cough", "a", "b", "c"]
    learned = {name: one.adapt([words] * 3) for name, one in EVERY_KIND.items() if name in ("history", "tags")}
    learned |= {name: EVERY_KIND[name].adapt(words) for name in ("item", "note")}
    numbers = np.random.default_rng(0).normal(size=(9, 3)).astype("float32")
    learned |= {
        name: EVERY_KIND[name].adapt([numbers[:, : EVERY_KIND[name].raw_shape[-1]]] * 3)
        for name in ("cloud", "sensors")
    }
    learned |= {"ages": EVERY_KIND["ages"].adapt(numbers)}
    modalities = {name: learned.get(name, one) for name, one in EVERY_KIND.items()}
    columns = {name: [value_of(name, one, row) for row in range(45)] for name, one in modalities.items()}
    records = Records({name: column(values) for name, values in columns.items()}, np.arange(45, dtype="float32") / 7)
    folder = tmp_path_factory.mktemp("every-kind")
    data = made_up_data("every kind", "regression", modalities, {"train": records})
    write_shards(data, folder, records_per_shard=13, seed=1)
    return folder, modalities


def value_of(name, modality, row):
    """The raw value of what a person could have, or of nothing, or what is broken."""
    place = row + list(EVERY_KIND).index(name)
    if place % 7 == 0:
        return modality.encode(None)
    return BROKEN[name] if place % 5 == 0 and name in BROKEN else modality.encode(modality.example(row))


@pytest.mark.parametrize("replicas", [1, 2])
@pytest.mark.parametrize("augment", [True, False])
def test_batches_are_the_same_bit_for_bit(always, of_every_kind, tmp_path, augment, replicas):
    folder, modalities = of_every_kind
    split = load_shards(folder, shuffle_buffer=10, readers=2).split("train")
    plain, once = (Streamed(split, modalities, with_presence=True, replicas=replicas) for _ in range(2))
    with decoded_once(once, tmp_path, epochs=2) as decoded:
        assert decoded
        for drawn in ({}, {"first_epoch": 1, "first_step": 2}):
            settings = {"batch_size": 8, "seed": 3, "augment": augment, **drawn}
            wanted, found = plain.training_batches(**settings), once.training_batches(**settings)
            for (inputs, labels), (own, own_labels) in zip(found.take(13), wanted.take(13), strict=True):
                assert list(inputs) == list(own)
                for name in own:
                    assert inputs[name].dtype == own[name].dtype and inputs[name].shape == own[name].shape
                    assert inputs[name].numpy().tobytes() == own[name].numpy().tobytes(), name
                assert labels.dtype == own_labels.dtype and labels.numpy().tobytes() == own_labels.numpy().tobytes()
        assert once.undecodable_counts() == plain.undecodable_counts()
        assert set(plain.undecodable_counts()) == set(BROKEN)
    # Nothing is read from a folder that may be gone.
    assert once.rows is None


def test_what_depends_on_its_batch_in_the_last_bits_is_decoded_in_each_epoch(always, of_every_kind, tmp_path):
    folder, modalities = of_every_kind
    split = load_shards(folder).split("train")
    for features in ("log_mel", "mfcc", "stft"):
        sound = Audio(seconds=0.2, features=features)
        with decoded_once(Streamed(split, {**modalities, "sound": sound}, True), tmp_path, epochs=9) as once:
            assert not once


def streamed(folder, **arguments):
    split = load_shards(folder).split("train")
    return Streamed(split, {**adapt(split.modalities, split), **arguments}, with_presence=True)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    write_shards(small_data(), folder, records_per_shard=6)
    return folder


def test_rows_are_taken_again_if_they_fit_and_written_anew_if_not(small, tmp_path):
    written = []
    write = RowFile.write

    def counted(rows, batches):
        written.append(rows.path)
        return write(rows, batches)

    def decode(**arguments):
        with decoded_once(streamed(small, **arguments), tmp_path, epochs=2) as once:
            assert once and [one.name for one in tmp_path.iterdir()] == ["decoded"]
        return len(written)

    with mock.patch.object(RowFile, "write", counted):
        assert [decode(), decode()] == [1, 1]
        assert decode(note=Text(50, 4).adapt(["other words"])) == 2
        assert [decode(), decode()] == [3, 3]
        rows = tmp_path / "decoded" / "rows.tfrecord"
        content = bytearray(rows.read_bytes())
        content[40] ^= 1
        for spoilt in (bytes(content), content[:-1], b""):
            rows.write_bytes(spoilt)
            before = len(written)
            assert decode() == before + 1
        (tmp_path / "decoded" / "about.json").write_text("[")
        assert decode() == 7
        # The last epoch of a run that resumes takes them, but does not write them.
        with decoded_once(streamed(small), tmp_path, epochs=1) as once:
            assert once
        shutil.rmtree(tmp_path / "decoded")
        with decoded_once(streamed(small), tmp_path, epochs=1) as once:
            assert not once
        assert len(written) == 7


def test_without_a_folder_rows_lie_in_a_temporary_one(small, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    train = streamed(small)
    with decoded_once(train, None, epochs=2) as once:
        assert once and train.rows.path.is_relative_to(tmp_path) and train.rows.path.stat().st_size == train.rows.bytes
    assert not any(tmp_path.iterdir())
    for epochs in (0, 1):
        with decoded_once(train, None, epochs=epochs) as once:
            assert not once and not any(tmp_path.iterdir())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_too_full_lets_each_epoch_decode(small, tmp_path, number):
    def full(rows, batches):
        rows.path.write_bytes(b"a part")
        raise OSError(number, os.strerror(number), str(rows.path))

    train = streamed(small)
    with (
        mock.patch.object(RowFile, "write", full),
        pytest.warns(UserWarning, match="decoded in each epoch: .*Make room"),
    ):
        with decoded_once(train, tmp_path, epochs=2) as once:
            assert not once and train.rows is None
    assert not any(tmp_path.iterdir())


def test_what_tensorflow_says_of_a_full_disk_is_understood(tmp_path):
    message = f"{tmp_path}/rows.tfrecord; No space left on device"
    with pytest.raises(StorageError, match="Make room"), deciding.written_beside(tmp_path / "decoded"):
        raise tf.errors.ResourceExhaustedError(None, None, message)


def train_on(shards, out, epochs=4, scope=contextlib.nullcontext, **settings):
    keras.utils.set_random_seed(0)
    with scope():
        model = picture_model(missing_modalities=True, dropout=0.0)
    data = load_shards(shards, shuffle_buffer=8)
    return fit(model, data, out=out, batch_size=16, epochs=epochs, keep="last", seed=4, verbose=0, **settings)


def weights(bundle):
    return {str(number): one.numpy() for number, one in enumerate(bundle.model.weights)}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Shards of small pictures, one of them broken."""
    folder = tmp_path_factory.mktemp("pictures")
    write_shards(data_of_pictures(image={3: b"junk"}), folder, records_per_shard=9)
    return folder


def data_of_pictures(**replaced):
    splits = {"train": held_records(40, 0, **replaced), "validation": held_records(24, 1)}
    modalities = {"image": Image(8, 8, 1), "report": Text(20, 8)}
    return made_up_data("bright halves", "classification", modalities, splits, ("right", "left"))


@pytest.fixture(scope="module")
def each_epoch(pictures):
    """What comes of a training that decodes in each epoch."""
    with mock.patch.object(deciding, "TIMES_AS_LARGE", 0):
        bundle = train_on(pictures, None)
    assert bundle.metrics["decoded_once"] is False
    return bundle


def test_a_network_learns_the_same_and_nothing_is_left(always, pictures, each_epoch, tmp_path):
    bundle = train_on(pictures, tmp_path / "bundle")
    assert bundle.metrics["decoded_once"] is True
    assert not differences(weights(bundle), weights(each_epoch))
    for name in ("history", "undecodable", "left_out", "validation"):
        assert bundle.metrics[name] == each_epoch.metrics[name], name
    assert bundle.metrics["undecodable"]["train"] == {"image": 1}
    assert [one.name for one in (tmp_path / "bundle-training").iterdir()] == ["logs"]
    assert train_on(pictures, None, epochs=1).metrics["decoded_once"] is False


def test_a_run_that_was_interrupted_reads_the_same_rows_and_ends_the_same(always, pictures, each_epoch, tmp_path):
    out, written = tmp_path / "bundle", []
    write = Checkpoint.write

    def then_stop(checkpoint):
        write(checkpoint)
        written.append(checkpoint.epoch)
        # Within the second epoch.
        if checkpoint.step == 2 and checkpoint.epoch == 1:
            raise Interrupted

    with mock.patch.object(Checkpoint, "write", then_stop), pytest.raises(Interrupted):
        train_on(pictures, out, checkpoint_minutes=0.0)
    assert (tmp_path / "bundle-training" / "decoded" / "rows.tfrecord").exists()
    with mock.patch.object(RowFile, "write", side_effect=AssertionError):
        bundle = train_on(pictures, out)
    assert bundle.metrics["decoded_once"] and bundle.metrics["epochs"] == 4
    assert not differences(weights(bundle), weights(each_epoch))
    assert [one.name for one in (tmp_path / "bundle-training").iterdir()] == ["logs"]


def test_with_other_settings_the_rows_stay_with_the_training(always, pictures, tmp_path):
    out = tmp_path / "bundle"
    with mock.patch.object(Checkpoint, "write", side_effect=Interrupted), pytest.raises(Interrupted):
        train_on(pictures, out)
    (tmp_path / "bundle-training" / "checkpoint").mkdir(exist_ok=True)
    with (
        pytest.warns(UserWarning, match="had other settings"),
        mock.patch.object(RowFile, "write", side_effect=OSError),
    ):
        bundle = train_on(pictures, out, learning_rate=0.01)
    assert bundle.metrics["decoded_once"]
    (aside,) = tmp_path.glob("bundle-training.old-*")
    assert not (aside / "decoded").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from multimodal_zoo.shards.row_file import RowFile
from multimodal_zoo.training import decoded_once
from training.test_decoded_once import train_on

decoded_once.TIMES_AS_LARGE, decoded_once.CHUNKS = 10**6, 1
write, sha256_of = RowFile.write, decoded_once.sha256_of

def killed(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

def half(rows, batches):
    def then_killed():
        yield next(iter(batches))[:7]
        killed()
    return write(rows, then_killed())

if sys.argv[3] == "half":
    RowFile.write = half
else:
    decoded_once.sha256_of = killed
train_on(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("when", ["half", "before it is told"])
def test_a_process_killed_while_it_decodes_leaves_nothing_that_is_taken_for_whole(
    always, pictures, each_epoch, tmp_path, when
):
    out, work = tmp_path / "bundle", tmp_path / "bundle-training"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", KILLED, str(pictures), str(out), when]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not (work / "decoded").exists() and len(list(work.glob(".decoded-new-*"))) == 1
    bundle = train_on(pictures, out)
    assert bundle.metrics["decoded_once"] and not differences(weights(bundle), weights(each_epoch))
    assert [one.name for one in work.iterdir()] == ["logs"]


def test_what_a_killed_process_left_goes_away_even_where_nothing_is_decoded_again(pictures, tmp_path, monkeypatch):
    left = tmp_path / "bundle-training" / ".decoded-new-abc"
    left.mkdir(parents=True)
    (left / "rows.tfrecord").write_bytes(b"a part")
    monkeypatch.setattr(deciding, "TIMES_AS_LARGE", 0)
    train_on(pictures, tmp_path / "bundle", epochs=1)
    assert [one.name for one in (tmp_path / "bundle-training").iterdir()] == ["logs"]


def test_a_broken_shard_is_named_while_it_is_decoded(always, tmp_path):
    write_shards(data_of_pictures(), tmp_path / "shards", shards=2)
    shards = load_shards(tmp_path / "shards", verify=False)
    split = shards.split("train")
    split.labels  # noqa: B018  (read before)
    content = bytearray(split.files[1].read_bytes())
    content[-20] ^= 1
    split.files[1].write_bytes(content)
    model = picture_model(missing_modalities=True, dropout=0.0)
    with pytest.raises(ShardError, match=r"train-00001-of-00002.*record 19: its check sum is wrong"):
        fit(model, shards, epochs=3, batch_size=16, verbose=0, out=tmp_path / "bundle")
    assert not list((tmp_path / "bundle-training").glob("*decoded*"))


def test_a_picture_that_the_network_cannot_be_told_of_is_refused_while_it_is_decoded(always, pictures):
    with pytest.raises(ValueError, match="'image' of a record is missing or unreadable. Build the model with missing_"):
        fit(picture_model(), load_shards(pictures), epochs=3, batch_size=16, verbose=0)


ON_WORKERS = """
import json, os, sys, tempfile
from pathlib import Path
import numpy as np
worker = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
shards, results = sys.argv[1], Path(sys.argv[2])
tempfile.tempdir = str(results / f"temporary-{worker}")
os.makedirs(tempfile.tempdir)
from multimodal_zoo.training import decoded_once, strategies
strategy = strategies.resolve("auto")
from training.test_decoded_once import train_on
decoded_once.TIMES_AS_LARGE = 10**6
bundle = train_on(shards, results / "bundle", epochs=2, scope=strategy.scope)
np.savez(results / f"weights-{worker}.npz", *bundle.model.get_weights())
(results / f"metrics-{worker}.json").write_text(json.dumps(bundle.metrics))
"""


def test_each_of_two_workers_decodes_for_itself(pictures, tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", ON_WORKERS, str(pictures), str(tmp_path)]
    assert run_local_job(command, 2, environment=environment) == 0
    alone = train_on(pictures, None, epochs=2)
    for worker in (0, 1):
        metrics = json.loads((tmp_path / f"metrics-{worker}.json").read_text())
        assert metrics["decoded_once"]
        assert metrics["undecodable"]["train"] == {"image": 1}
        assert not list((tmp_path / f"temporary-{worker}").glob("*decoded*"))
        with np.load(tmp_path / f"weights-{worker}.npz") as kept:
            for name, one in zip(kept.files, alone.model.get_weights(), strict=True):
                np.testing.assert_allclose(kept[name], one, atol=1e-5)
    assert [one.name for one in (tmp_path / "bundle-training").iterdir()] == ["logs"]


@pytest.mark.parametrize(("verbose", "told"), [(0, ""), (1, "decoding 23 records once\n")])
def test_a_log_says_that_records_are_decoded(small, tmp_path, capfd, verbose, told):
    with decoded_once(streamed(small), tmp_path, epochs=2, verbose=verbose) as once:
        assert once
    assert capfd.readouterr().err.endswith(told)
    assert json.loads((tmp_path / "decoded" / "about.json").read_text())["records"] == 23
