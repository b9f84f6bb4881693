"""Rows of a fixed width come in the very order in which the records of the shards come."""

from unittest import mock

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from multimodal_zoo.shards import row_file
from multimodal_zoo.shards.line_of_readers import line_of, stretch_of
from multimodal_zoo.shards.row_file import RowFile
from multimodal_zoo.shards.shard_index import Label
from multimodal_zoo.shards.shard_split import ShardSplit, in_order

TAKES = st.lists(st.integers(1, 30), min_size=1, max_size=12)


def interleaved(takes, readers):
    """(Part, record in it) as TensorFlow interleaves them."""
    parts = tf.data.Dataset.from_tensor_slices((range(len(takes)), takes))
    read = parts.interleave(
        lambda part, take: tf.data.Dataset.range(tf.cast(take, tf.int64)).map(lambda row: (part, row)),
        cycle_length=readers,
        num_parallel_calls=readers,
        deterministic=True,
    )
    return [(int(part), int(row)) for part, row in read.with_options(in_order()).as_numpy_iterator()]


@settings(max_examples=25, deadline=None)
@given(takes=TAKES, readers=st.integers(1, 6), data=st.data())
def test_the_line_is_the_one_that_interleave_makes(takes, readers, data):
    first = data.draw(st.integers(0, sum(takes) - 1))
    stop = data.draw(st.integers(first + 1, sum(takes)))
    line = line_of(tf.constant(takes, tf.int64), readers)
    found = stretch_of(line, *(tf.constant(one, tf.int64) for one in (first, stop)))
    read = [
        (part, row)
        for part, begin, count in zip(*(one.numpy() for one in found[:3]), strict=True)
        for row in range(begin, begin + count)
    ]
    assert [read[place] for place in found.order] == interleaved(takes, readers)[first:stop]
    # Nothing is read that is not near: at most the rounds at either end.
    assert len(read) < stop - first + 2 * readers


def both(folder, counts, readers, shuffle_buffer):
    """A split whose records are their numbers, and the same numbers as rows."""
    numbers = iter(range(sum(counts)))
    files = []
    for shard, count in enumerate(counts):
        files.append(folder / f"shard-{shard}")
        with tf.io.TFRecordWriter(str(files[-1])) as writer:
            for _ in range(count):
                writer.write(np.array([next(numbers), 7], "<i4").tobytes())
    split = ShardSplit("train", tuple(files), counts, {}, Label("int32"), "", shuffle_buffer, readers)
    rows = RowFile(folder / "rows", counts, numbers=2)
    records = np.frombuffer(b"".join(content for file in files for content in records_of(file)), "<i4").reshape(-1, 2)
    whole = len(records) // rows.chunk * rows.chunk
    assert rows.write([records[:whole], records[whole:]]) == len(records)
    assert rows.path.stat().st_size == rows.bytes
    return split, rows


def records_of(file):
    return list(tf.data.TFRecordDataset(str(file)).as_numpy_iterator())


@settings(max_examples=20, deadline=None)
@given(
    counts=TAKES,
    readers=st.integers(1, 5),
    shuffle_buffer=st.integers(1, 60),
    batch_size=st.integers(2, 20),
    chunk=st.integers(1, 64),
    left=st.integers(0, 1),
    workers=st.integers(1, 2),
    asked=st.fixed_dictionaries(
        {"seed": st.integers(0, 2**40), "first_epoch": st.integers(0, 3), "first_step": st.integers(0, 3)}
    ),
)
def test_batches_of_rows_are_those_of_the_records(
    tmp_path_factory, counts, readers, shuffle_buffer, batch_size, chunk, left, workers, asked
):
    with mock.patch.object(row_file, "CHUNK_ROWS", chunk):
        split, rows = both(tmp_path_factory.mktemp("rows"), (*counts, 4), readers, shuffle_buffer)
        asked = {**asked, "records": len(split) - left, "worker": workers - 1, "workers": workers}
        count = 2 * split.steps(batch_size, workers) + 1
        wanted = split.epochs(batch_size, **asked).take(count)
        found = split.epochs(batch_size, **asked, rows=rows).take(count)
        for batch, records in zip(found.as_numpy_iterator(), wanted.as_numpy_iterator(), strict=True):
            np.testing.assert_array_equal(batch, np.frombuffer(b"".join(records), "<i4").reshape(-1, 2))


@pytest.mark.parametrize("spoilt", [lambda content: content[:-3], lambda content: content[:20] + b"!" + content[21:]])
def test_a_file_that_was_cut_off_or_changed_is_not_read(tmp_path, spoilt):
    split, rows = both(tmp_path, (9, 5), 2, 4)
    rows.path.write_bytes(spoilt(rows.path.read_bytes()))
    with pytest.raises(tf.errors.DataLossError):
        list(split.epochs(4, rows=rows).take(4))
