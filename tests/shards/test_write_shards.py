"""Writing shards: what stands in them, what several processes write, and how an interrupted writing goes on."""

import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from shards.small_data import MODALITIES, small_data

from multimodal_zoo.modalities import Text, batch_records, parse_examples
from multimodal_zoo.shards import ShardError, read_index, shard_job, write_shards
from multimodal_zoo.shards.shard_index import ShardIndex


def contents(folder, shards):
    return [one for shard in shards for one in tf.data.TFRecordDataset(str(folder / shard.file)).as_numpy_iterator()]


def test_a_record_is_what_tf_example_takes_and_a_label(tmp_path):
    data = small_data()
    index = write_shards(data, tmp_path, records_per_shard=10)
    for split, records in data.splits.items():
        serialised = contents(tmp_path, index.splits[split])
        # As the served signature parses them: it knows nothing of a label.
        found = parse_examples(MODALITIES, tf.constant(serialised))
        wanted = batch_records(MODALITIES, [records[number][0] for number in range(len(records))])
        for name in MODALITIES:
            np.testing.assert_array_equal(found[name].numpy(), wanted[name].numpy(), err_msg=name)
        labels = [tf.train.Example.FromString(one).features.feature["label"].int64_list.value[0] for one in serialised]
        assert labels == records.labels.tolist()


def test_the_index_tells_what_the_files_hold(tmp_path):
    index = write_shards(small_data(), tmp_path, records_per_shard=10)
    assert {split: [one.records for one in shards] for split, shards in index.splits.items()} == {
        "train": [7, 8, 8],
        "validation": [7],
        "test": [4],
    }
    for shards in index.splits.values():
        for shard in shards:
            content = (tmp_path / shard.file).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (shard.bytes, shard.sha256)
            assert len(contents(tmp_path, [shard])) == shard.records
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
        ["index.json", *(one.file for shards in index.splits.values() for one in shards)]
    )
    assert read_index(tmp_path) == index
    assert ShardIndex.from_json(json.loads(json.dumps(index.to_json()))) == index


def test_a_number_of_shards_may_be_asked_for(tmp_path):
    index = write_shards(small_data(), tmp_path, shards=5)
    assert [len(index.splits[split]) for split in ("train", "validation", "test")] == [5, 5, 4]


def test_a_seed_shuffles_each_split_and_takes_no_record_to_another(tmp_path):
    data = small_data()
    index = write_shards(data, tmp_path / "a", shards=2, seed=3)
    again = write_shards(data, tmp_path / "b", shards=2, seed=3)
    assert index.splits == again.splits
    for number, split in enumerate(data.splits):
        labels = [
            tf.train.Example.FromString(one).features.feature["label"].int64_list.value[0]
            for one in contents(tmp_path / "a", index.splits[split])
        ]
        order = np.random.default_rng([3, number]).permutation(len(data.split(split)))
        assert labels == data.split(split).labels[order].tolist()


def test_several_processes_write_the_same_bytes(tmp_path):
    index = write_shards(small_data(), tmp_path / "one", records_per_shard=4, workers=1)
    told = []
    together = write_shards(
        small_data(), tmp_path / "two", records_per_shard=4, workers=2, progress=lambda *one: told.append(one)
    )
    assert together == index
    assert sorted(shard.file for shard, _ in told) == sorted(
        one.file for shards in index.splits.values() for one in shards
    )
    assert {of for _, of in told} == {len(told)}


def test_an_interrupted_writing_goes_on_and_writes_no_shard_twice(tmp_path, monkeypatch):
    wanted = write_shards(small_data(), tmp_path / "whole", records_per_shard=4)
    folder, written, write = tmp_path / "part", [], shard_job.ShardJob.write

    def stop_at_the_third(job):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(job.file)
        return write(job)

    monkeypatch.setattr(shard_job.ShardJob, "write", stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        write_shards(small_data(), folder, records_per_shard=4)
    with pytest.raises(ShardError, match="no finished shards"):
        read_index(folder)
    with pytest.raises(ShardError, match="records_per_shard was 4, is 5"):
        write_shards(small_data(), folder, records_per_shard=5)
    before = list(written)

    monkeypatch.setattr(shard_job.ShardJob, "write", lambda job: (written.append(job.file), write(job))[1])
    told = []
    assert write_shards(small_data(), folder, records_per_shard=4, progress=lambda *one: told.append(one)) == wanted
    assert len(written) == len(set(written)) == sum(map(len, wanted.splits.values()))
    assert len(told) == len(written) and written[:3] == before
    # And once more: nothing is left to do.
    assert write_shards(small_data(), folder, records_per_shard=4) == wanted
    assert len(written) == len(set(written))


KILLED = """
import os, signal, sys
from shards.small_data import small_data
from multimodal_zoo.shards import write_shards

def kill(shard, of):
    os.kill(os.getpid(), signal.SIGKILL)

write_shards(small_data(), sys.argv[1], records_per_shard=4, progress=kill)
"""


def test_a_killed_writing_leaves_whole_shards_or_none(tmp_path):
    wanted = write_shards(small_data(), tmp_path / "whole", records_per_shard=4)
    folder = tmp_path / "killed"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder)], env=environment, timeout=300)
    assert done.returncode == -signal.SIGKILL
    there = [one for one in folder.iterdir() if one.suffix == ".tfrecord"]
    assert there and not (folder / "index.json").exists()
    assert all(one.read_bytes() == (tmp_path / "whole" / one.name).read_bytes() for one in there)
    assert write_shards(small_data(), folder, records_per_shard=4) == wanted


def test_a_lost_shard_alone_is_written_again(tmp_path, monkeypatch):
    index = write_shards(small_data(), tmp_path, records_per_shard=4)
    lost = index.splits["train"][1]
    content = (tmp_path / lost.file).read_bytes()
    (tmp_path / lost.file).unlink()
    written, write = [], shard_job.ShardJob.write
    monkeypatch.setattr(shard_job.ShardJob, "write", lambda job: (written.append(job.file), write(job))[1])
    assert write_shards(small_data(), tmp_path, records_per_shard=4) == index
    assert written == [lost.file] and (tmp_path / lost.file).read_bytes() == content


@pytest.mark.parametrize(
    ("data", "settings", "message"),
    [
        (small_data(), {"records_per_shard": 5}, "records_per_shard was 4, is 5"),
        (small_data(), {"shards": 2}, "records_per_shard was 4, is None"),
        (small_data(), {"records_per_shard": 4, "seed": 1}, "source was"),
        (small_data(train=22), {"records_per_shard": 4}, "source was"),
        (
            dataclasses.replace(small_data(), modalities={**MODALITIES, "note": Text(9, 4)}),
            {"records_per_shard": 4},
            "data or modalities was",
        ),
    ],
)
def test_other_settings_are_refused(tmp_path, data, settings, message):
    write_shards(small_data(), tmp_path, records_per_shard=4)
    with pytest.raises(ShardError, match=message):
        write_shards(data, tmp_path, **settings)


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ShardError, match=r"holds thesis\.txt: choose a new or empty folder"):
        write_shards(small_data(), tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_record_that_cannot_be_written_is_named(tmp_path):
    data = small_data()
    data.split("train").columns["sensors"][9] = np.zeros((2, 3), "float32")
    with pytest.raises(ShardError, match=r"train-00002-of-00006\.tfrecord, record 2 cannot be written: Series: exp"):
        write_shards(data, tmp_path, records_per_shard=4)
    assert not (tmp_path / "train-00002-of-00006.tfrecord").exists()


def test_what_cannot_be_cut_is_refused(tmp_path):
    data = small_data()
    with pytest.raises(ShardError, match="not both"):
        write_shards(data, tmp_path, records_per_shard=3, shards=2)
    with pytest.raises(ShardError, match="shards has to be 1 or more, got 0"):
        write_shards(data, tmp_path, shards=0)
    with pytest.raises(ShardError, match="workers has to be 1 or more, got 0"):
        write_shards(data, tmp_path / "w", workers=0)
    with pytest.raises(TypeError, match="Expected a DataSet"):
        write_shards([1, 2], tmp_path)
    named = dataclasses.replace(data, modalities={**MODALITIES, "label": Text(9, 4)})
    with pytest.raises(ShardError, match="'label' has the name that the label has"):
        write_shards(named, tmp_path)
    with pytest.raises(ShardError, match="The column 'tags' of 'train' is no modality"):
        write_shards(dataclasses.replace(data, modalities={"note": Text(9, 4)}), tmp_path)
