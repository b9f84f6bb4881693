"""Splits read from shards: in order as the data set has them, epoch after epoch each record once."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from shards.small_data import MODALITIES, records, small_data

from multimodal_zoo.shards import ShardError, load_shards, write_shards
from multimodal_zoo.shards.epoch_order import drawn_order
from multimodal_zoo.training.pipeline import raw_batches
from multimodal_zoo.unknown_name import UnknownName


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    write_shards(small_data(), folder, records_per_shard=5)
    return folder


def numbers(batches, count):
    """The labels, which number the records, of the first batches of serialised records."""
    return [
        [tf.train.Example.FromString(one).features.feature["label"].int64_list.value[0] for one in batch]
        for batch in batches.take(count).as_numpy_iterator()
    ]


def test_a_split_gives_the_records_of_the_data_set_in_order(folder):
    for split, wanted in small_data().splits.items():
        found = load_shards(folder).split(split)
        assert len(found) == len(wanted)
        for (raw, label), (own, own_label) in zip(
            raw_batches(found.dataset(), MODALITIES, 4), raw_batches(wanted.dataset(), MODALITIES, 4), strict=True
        ):
            for name in MODALITIES:
                np.testing.assert_array_equal(raw[name].numpy(), own[name].numpy(), err_msg=name)
            np.testing.assert_array_equal(label.numpy(), own_label.numpy())
            assert label.dtype == own_label.dtype
        np.testing.assert_array_equal(found.labels, wanted.labels)


def test_the_data_set_is_described_as_before(folder):
    data, wanted = load_shards(folder), small_data()
    assert (data.card, data.protocol, data.class_names) == (wanted.card, wanted.protocol, wanted.class_names)
    assert data.modalities == wanted.modalities and list(data.splits) == list(wanted.splits)
    with pytest.raises(UnknownName, match="split of small 'tset'. Did you mean 'test'"):
        data.split("tset")


def test_the_values_of_one_modality_are_read_alone(folder):
    split, wanted = load_shards(folder).split("train"), records(0, 23)
    for name, modality in MODALITIES.items():
        found = [modality.encode(value) for value in split.values_of(name)]
        for value, own in zip(found, wanted.columns[name], strict=True):
            np.testing.assert_array_equal(value, modality.encode(own), err_msg=name)


def test_some_records_are_taken_from_every_shard(folder):
    split = load_shards(folder).split("train")
    assert split.counts == (4, 5, 4, 5, 5)
    assert [int(label) for _, label in split.spread(9)] == [0, 1, 4, 5, 9, 10, 13, 14, 18]


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_over_all_workers_an_epoch_holds_every_record_once(tmp_path_factory, data):
    count = data.draw(st.integers(1, 40))
    workers = data.draw(st.integers(1, min(4, count)))
    batch_size = data.draw(st.integers(1 if count % workers == 0 else 2, 9))
    folder = tmp_path_factory.mktemp("uneven")
    write_shards(small_data(train=count), folder, shards=data.draw(st.integers(1, 6)))
    split = load_shards(
        folder, shuffle_buffer=data.draw(st.integers(1, 50)), readers=data.draw(st.integers(1, 3))
    ).split("train")
    steps, epochs = split.steps(batch_size, workers), data.draw(st.integers(1, 2))
    found = [
        numbers(split.epochs(batch_size, seed=4, worker=worker, workers=workers), steps * epochs)
        for worker in range(workers)
    ]
    for epoch in range(epochs):
        own = [batches[epoch * steps : (epoch + 1) * steps] for batches in found]
        assert all(1 <= len(batch) <= batch_size for batches in own for batch in batches)
        assert sorted(itertools.chain.from_iterable(itertools.chain.from_iterable(own))) == list(range(count))


def test_a_reader_that_begins_later_sees_what_an_uninterrupted_one_sees(folder):
    split = load_shards(folder, shuffle_buffer=6).split("train")
    for worker in range(2):
        whole = numbers(split.epochs(4, seed=1, worker=worker, workers=2), 9)
        assert numbers(split.epochs(4, seed=1, worker=worker, workers=2, first_epoch=2), 3) == whole[6:]
        assert numbers(split.epochs(4, seed=1, worker=worker, workers=2, first_epoch=1, first_step=2), 4) == whole[5:]
        assert whole[:3] != whole[3:6]


def test_seeds_differ_and_a_seed_repeats(folder):
    split = load_shards(folder, shuffle_buffer=6).split("train")
    assert numbers(split.epochs(4, seed=1), 6) == numbers(split.epochs(4, seed=1), 6)
    assert numbers(split.epochs(4, seed=1), 6) != numbers(split.epochs(4, seed=2), 6)


def test_the_order_is_the_one_that_numpy_finds(folder):
    """Shards in the order drawn, two read by turns, blocks of six shuffled: built a second time without `tf.data`."""
    split = load_shards(folder, shuffle_buffer=6, readers=2).split("train")
    starts = np.cumsum([0, *split.counts])
    for epoch in range(2):

        def drawn(count, block, epoch=epoch):
            return drawn_order(count, 7, tf.constant(epoch, tf.int64), tf.constant(block, tf.int64)).numpy()

        waiting = [list(range(starts[shard], starts[shard + 1])) for shard in drawn(5, -1)]
        reading: list[list[int] | None] = [None, None]
        line, turn = [], 0
        while waiting or any(reading):
            if reading[turn] is None and waiting:
                reading[turn] = waiting.pop(0)
            if reading[turn]:
                line.append(reading[turn].pop(0))
            else:
                # That a shard has ended takes a turn to find out.
                reading[turn] = None
            turn = 1 - turn
        wanted = []
        for block, start in enumerate(range(0, 23, 6)):
            rows = line[start : start + 6]
            wanted += [rows[place] for place in drawn(len(rows), block)]
        batches = numbers(split.epochs(5, seed=7, first_epoch=epoch), 5)
        assert [len(batch) for batch in batches] == [5, 5, 5, 5, 3]
        assert list(itertools.chain.from_iterable(batches)) == wanted


def test_some_records_may_be_left_to_the_next_epoch(folder):
    split = load_shards(folder).split("train")
    batches = numbers(split.epochs(4, records=20), 10)
    assert [len(batch) for batch in batches] == [4] * 10
    for epoch in (batches[:5], batches[5:]):
        assert len(set(itertools.chain.from_iterable(epoch))) == 20


def test_a_cache_holds_copies_that_are_read_instead(folder, tmp_path):
    plain = load_shards(folder).split("train")
    cached = load_shards(folder, cache=tmp_path / "fast").split("train")
    assert {file.parent for file in cached.files} == {tmp_path / "fast"}
    assert numbers(cached.epochs(5), 5) == numbers(plain.epochs(5), 5)
    stamps = {file: file.stat().st_mtime_ns for file in cached.files}
    # A broken copy is made again; the others are not.
    broken = cached.files[0]
    broken.write_bytes(broken.read_bytes()[:-1] + b"\0")
    again = load_shards(folder, cache=tmp_path / "fast").split("train")
    assert numbers(again.epochs(5), 5) == numbers(plain.epochs(5), 5)
    assert [file for file in again.files if file.stat().st_mtime_ns != stamps[file]] == [broken]


def test_what_cannot_be_is_refused(folder, tmp_path):
    with pytest.raises(ShardError, match="no finished shards"):
        load_shards(tmp_path)
    with pytest.raises(ShardError, match="on_corrupt is one of error, skip, got 'ignore'"):
        load_shards(folder, on_corrupt="ignore")
    with pytest.raises(ShardError, match="leave verify=True"):
        load_shards(folder, on_corrupt="skip", verify=False)
    with pytest.raises(ShardError, match="readers has to be 1 or more, got 0"):
        load_shards(folder, readers=0)
    (tmp_path / "index.json").write_text('{"format": "other"}')
    with pytest.raises(ShardError, match=r"index\.json is no index of multimodal-zoo shards"):
        load_shards(tmp_path)
