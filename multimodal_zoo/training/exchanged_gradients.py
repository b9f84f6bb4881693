"""The sum of all workers' gradients in few exchanges, however many tables a network has.

TensorFlow exchanges the gradient of each table by itself: how many rows each worker has, then their ids, then their
values. On a network of many tables the workers wait for that most of the time. Here the slices of all tables travel
together, each as it is: what an optimiser makes of them is what it makes of them in one process.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, TypeAlias

import tensorflow as tf
from keras.src.backend.tensorflow.optimizer import TFOptimizer

Gradient: TypeAlias = tf.Tensor | tf.IndexedSlices


# Once in a process.
@functools.cache
def exchange_together() -> None:
    """Let all optimisers of Keras sum gradients over workers so."""
    kept = TFOptimizer._all_reduce_sum_gradients

    def together(self: TFOptimizer, grads_and_vars: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        strategy = tf.distribute.get_strategy()
        if not grads_and_vars or tf.distribute.get_replica_context() is None or not spans_workers(strategy):
            return kept(self, grads_and_vars)
        gradients, variables = zip(*grads_and_vars, strict=True)
        return list(zip(exchanged(gradients), variables, strict=True))

    TFOptimizer._all_reduce_sum_gradients = together


def spans_workers(strategy: tf.distribute.Strategy | None) -> bool:
    """Whether the strategy mirrors over several processes."""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy) and strategy.extended._in_multi_worker_mode()


def exchanged(gradients: Sequence[Gradient]) -> list[Gradient]:
    """The sums of gradients over all replicas, in the step of a replica.

    Args:
        gradients: dense ones and slices.

    Returns:
        In the same order; of slices, those of all replicas one behind the other.
    """
    together = [place for place, one in enumerate(gradients) if is_packable(one)]
    others = [place for place in range(len(gradients)) if place not in together]
    replica = tf.distribute.get_replica_context()
    summed: dict[int, Gradient] = {}
    if others:
        sums = replica.all_reduce(tf.distribute.ReduceOp.SUM, [gradients[place] for place in others])
        summed |= dict(zip(others, sums, strict=True))
    if together:
        slices = gathered(replica, [gradients[place] for place in together])
        summed |= dict(zip(together, slices, strict=True))
    return [summed[place] for place in range(len(gradients))]


def is_packable(gradient: Gradient) -> bool:
    """Whether it is made of slices of 32-bit numbers in rows of a known length."""
    return (
        isinstance(gradient, tf.IndexedSlices)
        and gradient.values.dtype == tf.float32
        and gradient.values.shape.rank == 2
        and gradient.values.shape[1] is not None
    )


def gathered(replica: tf.distribute.ReplicaContext, gradients: Sequence[tf.IndexedSlices]) -> list[tf.IndexedSlices]:
    """The slices of all replicas, of all tables at once."""
    lengths = tf.stack([tf.size(one.indices) for one in gradients])
    is_own = tf.one_hot(replica.replica_id_in_sync_group, replica.num_replicas_in_sync, dtype=tf.int32)
    lengths = replica.all_reduce(tf.distribute.ReduceOp.SUM, tf.expand_dims(is_own, 1) * lengths)
    return unpacked(replica.all_gather(packed(gradients), axis=0), lengths, gradients, replica.num_replicas_in_sync)


def packed(gradients: Sequence[tf.IndexedSlices]) -> tf.Tensor:
    """The ids of each table, then the bits of the values of each table, as one row of 32-bit numbers."""
    ids = [tf.cast(one.indices, tf.int32) for one in gradients]
    values = [tf.reshape(tf.bitcast(one.values, tf.int32), [-1]) for one in gradients]
    return tf.concat([*ids, *values], axis=0)


def unpacked(
    numbers: tf.Tensor, lengths: tf.Tensor, like: Sequence[tf.IndexedSlices], replicas: int
) -> list[tf.IndexedSlices]:
    """What `packed` made at each replica, one behind the other, as slices of each table.

    Args:
        numbers: of all replicas.
        lengths: (replicas, tables) how many slices there are.
        like: slices of the same tables.
        replicas: how many there are.
    """
    tables, widths = len(like), [one.values.shape[1] for one in like]
    sizes = tf.reshape(tf.concat([lengths, lengths * widths], axis=1), [-1])
    pieces = tf.split(numbers, sizes, num=2 * tables * replicas)
    slices = []
    for table, (one, width) in enumerate(zip(like, widths, strict=True)):
        ids = tf.concat(pieces[table :: 2 * tables], axis=0)
        values = tf.bitcast(tf.concat(pieces[tables + table :: 2 * tables], axis=0), tf.float32)
        rows = tf.reshape(values, [-1, width])
        slices.append(tf.IndexedSlices(rows, tf.cast(ids, one.indices.dtype), one.dense_shape))
    return slices
