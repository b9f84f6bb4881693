"""Which records each worker sees in an epoch, and in which order: a function of seed and epoch alone.

The shards are put into an order drawn for the epoch. Of the line of all records that this gives, each worker reads one
stretch; the stretches differ by one record at most and leave none out. Each reads several of its shards at a time and
shuffles blocks of records. So no worker has to ask another, and none has to read what it does not use.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

# Added to the seed for each further block of records; the order of the shards is drawn as that of block -1.
BLOCK_STRIDE = 2**32


def stretch(records: int, worker: int, workers: int) -> tuple[int, int]:
    """The records from and up to which a worker reads of the line of all.

    Raises:
        ValueError: there is no such worker, or there are fewer records than workers.
    """
    if not 0 <= worker < workers:
        raise ValueError(f"worker is a number from 0 to workers - 1 = {workers - 1}, got {worker!r}.")
    if records < workers:
        raise ValueError(f"{records} records cannot be shared by {workers} workers: each needs one at least.")
    return records * worker // workers, records * (worker + 1) // workers


def steps_of_epoch(records: int, batch_size: int, workers: int = 1) -> int:
    """Batches of an epoch, the last one short; the same number for every worker.

    Args:
        records: of the split.
        batch_size: most records of a batch of one worker.
        workers: among which the records are shared.

    Raises:
        ValueError: batches of one record cannot be shared evenly.
    """
    largest, rest = -(-records // workers), records % workers
    if batch_size == 1 and rest:
        raise ValueError(
            f"{records} records cannot be shared by {workers} workers in as many batches of one record each: take a "
            "batch_size of 2 or more."
        )
    return -(-largest // batch_size)


def last_batches(records: int, batch_size: int, worker: int, workers: int) -> list[int] | None:
    """The sizes of all batches of a worker, where they are not full ones with a short one behind.

    A worker that has one record less than another would be short of a batch where that record is the only one of the
    last: its last full batch is then cut in two.
    """
    first, stop = stretch(records, worker, workers)
    own, steps = stop - first, steps_of_epoch(records, batch_size, workers)
    if -(-own // batch_size) == steps:
        return None
    return [batch_size] * (steps - 2) + [batch_size - 1, 1]


def segments(
    counts: np.ndarray, seed: int, epoch: tf.Tensor, first: int, stop: int
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The parts of shards that make up the records `first` up to `stop` of an epoch.

    Args:
        counts: `(shards,)` records of each shard.
        seed, epoch: what the order of the shards is drawn from.
        first, stop: a stretch of the line of all records.

    Returns:
        `(parts,)` int64 each: the shard, the first record in it, and how many.
    """
    order = drawn_order(len(counts), seed, epoch, block=tf.constant(-1, tf.int64))
    sizes = tf.gather(tf.constant(counts, tf.int64), order)
    starts = tf.cumsum(sizes, exclusive=True)
    begin = tf.clip_by_value(first - starts, 0, sizes)
    end = tf.clip_by_value(stop - starts, 0, sizes)
    read = end > begin
    return tf.boolean_mask(order, read), tf.boolean_mask(begin, read), tf.boolean_mask(end - begin, read)


def drawn_order(count: int | tf.Tensor, seed: int, epoch: tf.Tensor, block: tf.Tensor) -> tf.Tensor:
    """The order of `count` things, drawn for an epoch and a block in it; of block 0 as `training_batches` draws it."""
    draw = tf.stack([tf.constant(seed, tf.int64) + block * BLOCK_STRIDE, tf.cast(epoch, tf.int64)])
    return tf.random.experimental.stateless_shuffle(tf.range(tf.cast(count, tf.int64)), seed=draw)
