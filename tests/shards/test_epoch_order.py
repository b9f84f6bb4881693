"""Over all workers an epoch holds every record once, whatever the sizes of the shards."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from multimodal_zoo.shards.epoch_order import drawn_order, last_batches, segments, steps_of_epoch, stretch

COUNTS = st.lists(st.integers(1, 40), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(counts=COUNTS, workers=st.integers(1, 5), seed=st.integers(0, 2**40), epoch=st.integers(0, 2**31))
def test_the_workers_read_each_record_once(counts, workers, seed, epoch):
    assume(sum(counts) >= workers)
    seen, sizes = [], []
    for worker in range(workers):
        first, stop = stretch(sum(counts), worker, workers)
        parts = segments(np.array(counts), seed, tf.constant(epoch, tf.int64), first, stop)
        own = [(shard, row) for shard, begin, take in zip(*parts, strict=True) for row in range(begin, begin + take)]
        sizes.append(len(own))
        seen += own
    assert sorted(seen) == [(shard, row) for shard, count in enumerate(counts) for row in range(count)]
    assert max(sizes) - min(sizes) <= 1


@given(records=st.integers(1, 5000), workers=st.integers(1, 9), batch_size=st.integers(1, 70))
def test_every_worker_has_as_many_batches_and_none_is_empty(records, workers, batch_size):
    assume(records >= workers and (batch_size > 1 or records % workers == 0))
    steps, total = steps_of_epoch(records, batch_size, workers), 0
    for worker in range(workers):
        first, stop = stretch(records, worker, workers)
        sizes = last_batches(records, batch_size, worker, workers)
        if sizes is None:
            sizes = [min(batch_size, stop - start) for start in range(first, stop, batch_size)]
        assert len(sizes) == steps and min(sizes) >= 1 and max(sizes) <= batch_size
        assert sum(sizes) == stop - first
        total += sum(sizes)
    assert total == records


def test_what_cannot_be_shared_is_refused():
    with pytest.raises(ValueError, match="batch_size of 2 or more"):
        steps_of_epoch(5, 1, 2)
    with pytest.raises(ValueError, match="2 records cannot be shared by 3 workers"):
        stretch(2, 0, 3)
    with pytest.raises(ValueError, match="from 0 to workers - 1 = 1, got 2"):
        stretch(9, 2, 2)


def test_the_orders_of_epochs_blocks_and_shards_differ():
    def order(seed, epoch, block):
        return tuple(drawn_order(30, seed, tf.constant(epoch, tf.int64), tf.constant(block, tf.int64)).numpy())

    drawn = {order(*one) for one in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1)]}
    assert len(drawn) == 5 and order(0, 0, 1) == order(0, 0, 1)
