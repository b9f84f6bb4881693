"""A broken shard is named, or what is intact of it is read, each record unchanged."""

import shutil

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from shards.small_data import small_data

from multimodal_zoo.shards import CorruptShard, ShardError, load_shards, write_shards
from multimodal_zoo.shards.damage import framed, masked_crc32c, readable
from multimodal_zoo.shards.shard_index import Shard, read_index, write_json
from multimodal_zoo.shards.shard_job import sha256_of


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    write_shards(small_data(), folder, shards=2)
    return folder


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "copy")


def frames_of(path):
    return framed(path.read_bytes())[0]


def contents(split):
    return list(split.serialised().as_numpy_iterator())


def first_shard(folder):
    return folder / "train-00000-of-00002.tfrecord"


def change_byte(path, place, by=1):
    content = bytearray(path.read_bytes())
    content[place] = (content[place] + by) % 256
    path.write_bytes(content)


def start_of(path, record):
    return sum(len(frame) for frame in frames_of(path)[:record])


@pytest.mark.filterwarnings("ignore::multimodal_zoo.shards.CorruptShard")
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_what_is_read_of_a_broken_shard_is_a_part_of_what_was_written(whole, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("broken") / "copy"
    shutil.copytree(whole, folder)
    path = first_shard(folder)
    content = bytearray(path.read_bytes())
    size = len(content)
    changed = data.draw(st.dictionaries(st.integers(0, size - 1), st.integers(1, 255), max_size=4))
    for place, by in changed.items():
        content[place] = (content[place] + by) % 256
    end = data.draw(st.one_of(st.just(size), st.integers(0, size)))
    path.write_bytes(content[:end])

    before = contents(load_shards(whole).split("train"))
    split = load_shards(folder, on_corrupt="skip").split("train")
    after = contents(split)
    # In order, each unchanged, and the other shard in full.
    left = iter(before)
    assert all(record in left for record in after)
    assert after[-12:] == before[11:]
    assert len(after) + sum(fault.records for fault in split.skipped) == len(before) == 23
    assert len(split) == len(after) and bool(split.skipped) == bool(changed or end < size)
    # Every record in which no byte changed, before a length that did.
    frames, start = frames_of(first_shard(whole)), 0
    for frame in frames:
        touched = [place for place in changed if start <= place < start + len(frame)]
        if any(place < start + 12 for place in touched) or start + len(frame) > end:
            break
        if not touched:
            assert frame[12:-4] in after
        start += len(frame)
    if not split.skipped:
        return
    with pytest.raises(ShardError, match="train-00000-of-00002.*, records? "):
        load_shards(folder).split("train")


def test_labels_and_modalities_of_what_is_left_belong_together(folder):
    path = first_shard(folder)
    change_byte(path, start_of(path, 3) + 20)
    change_byte(path, start_of(path, 7) + 30)
    with pytest.warns(CorruptShard, match=r"2 records of small train are left out: .*record 3: its check sum is wrong"):
        split = load_shards(folder, on_corrupt="skip").split("train")
    assert [(fault.record, fault.records) for fault in split.skipped] == [(3, 1), (7, 1)]
    left = [number for number in range(23) if number not in (3, 7)]
    assert split.labels.tolist() == left
    wanted = small_data().split("train")
    for number, (raw, label) in zip(left, split.dataset(), strict=True):
        assert int(label) == number
        assert raw["note"].numpy().decode() == wanted.columns["note"][number]
        assert raw["age"].numpy()[0] == number
        np.testing.assert_array_equal(raw["sensors"].numpy(), wanted.columns["sensors"][number])
    seen = [label for batch in split.epochs(4).take(6) for label in split_labels(batch)]
    assert sorted(seen) == left


def split_labels(batch):
    return [tf.train.Example.FromString(one).features.feature["label"].int64_list.value[0] for one in batch.numpy()]


def test_a_broken_length_loses_the_rest_of_its_file_and_says_so(folder):
    path = first_shard(folder)
    change_byte(path, start_of(path, 4))
    with pytest.raises(ShardError, match=r"records 4 and on \(7\): the check sum of its length is wrong\. Put an in"):
        load_shards(folder).split("train")
    with pytest.warns(CorruptShard, match="7 records"):
        assert load_shards(folder, on_corrupt="skip").split("train").labels.tolist() == [*range(4), *range(11, 23)]


def test_a_file_that_was_cut_off_is_named_with_the_record(folder):
    path = first_shard(folder)
    path.write_bytes(path.read_bytes()[: start_of(path, 9) + 5])
    for verify in (True, False):
        with pytest.raises(ShardError, match=r"records 9 and on \(2\): the file was cut off"):
            load_shards(folder, verify=verify).split("train")


def test_a_missing_file_is_named(folder):
    first_shard(folder).unlink()
    with pytest.raises(ShardError, match=r"train-00000-of-00002\.tfrecord, records 0 and on \(11\): the file is mis"):
        load_shards(folder).split("train")
    with pytest.warns(CorruptShard, match="11 records"):
        assert load_shards(folder, on_corrupt="skip").split("train").labels.tolist() == list(range(11, 23))


def test_another_whole_file_in_its_place_is_an_error_however_it_is_read(folder):
    """Its records are intact, and they are not those that were asked for."""
    other = write_shards(small_data(train=22), folder / "other", shards=2).splits["train"][1]
    shutil.copy(folder / "other" / other.file, first_shard(folder))
    for on_corrupt in ("error", "skip"):
        with pytest.raises(ShardError, match="is another file than the index tells"):
            load_shards(folder, on_corrupt=on_corrupt).split("train")


def test_a_record_that_does_not_parse_is_named_or_left_out(folder):
    """Its file is as it was written: the sums hold."""
    path = first_shard(folder)
    records = [frame[12:-4] for frame in frames_of(path)]
    wrong = tf.train.Example.FromString(records[5])
    wrong.features.feature["age"].float_list.value.append(1.0)
    records[5] = wrong.SerializeToString()
    records[8] = b"\xff no Example"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    index = read_index(folder).to_json()
    shard = Shard(path.name, 11, path.stat().st_size, sha256_of(path))
    index["splits"]["train"]["shards"][0] = shard.__dict__
    write_json(folder / "index.json", index)

    split = load_shards(folder).split("train")
    with pytest.raises(ShardError, match=r"train-00000.*, record 5: it is no Example with the features"):
        with split.explained():
            list(split.dataset())
    with pytest.warns(CorruptShard, match="2 records"):
        left = load_shards(folder, on_corrupt="skip").split("train")
    assert left.labels.tolist() == [number for number in range(23) if number not in (5, 8)]
    assert [fault.record for fault in left.skipped] == [5, 8]


def test_what_is_intact_explains_no_error(whole):
    split, error = load_shards(whole).split("train"), tf.errors.InvalidArgumentError(None, None, "of something else")
    with pytest.raises(tf.errors.InvalidArgumentError) as found, split.explained():
        raise error
    assert found.value is error


def test_what_breaks_while_it_is_read_is_named(folder):
    """The sums are not looked at beforehand."""
    split = load_shards(folder, verify=False).split("train")
    path = first_shard(folder)
    change_byte(path, start_of(path, 6) + 20)
    message = r"train-00000.*, record 6: its check sum is wrong\. Put an intact copy"
    with pytest.raises(ShardError, match=message):
        split.labels  # noqa: B018
    with pytest.raises(ShardError, match=message):
        list(split.values_of("note"))
    path.unlink()
    with pytest.raises(ShardError, match=r"train-00000.* is missing"):
        list(split.values_of("note"))


def test_the_check_sum_is_the_one_of_the_format(whole):
    """Of the nine digits CRC-32C is known (RFC 3720, B.4 has others); of real records TensorFlow wrote it."""
    crc = 0xE3069283
    assert masked_crc32c(b"123456789") == ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32
    for frame in frames_of(first_shard(whole)):
        assert masked_crc32c(frame[12:-4]) == int.from_bytes(frame[-4:], "little")


def test_pieces_are_read_whatever_is_broken_between_them(whole):
    frames = frames_of(first_shard(whole))
    broken = [bytes([*frame[:-1], frame[-1] ^ 1]) if number % 2 else frame for number, frame in enumerate(frames)]
    assert readable(broken) == [None if number % 2 else frame[12:-4] for number, frame in enumerate(frames)]
    assert readable([]) == []
