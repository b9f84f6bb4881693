"""Clipping of gradients that are summed over the workers, where each worker holds some of the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf


def clip_summed(optimizer: keras.optimizers.Optimizer, gradients: Sequence[Any], is_part: Sequence[bool]) -> list[Any]:
    """Clip gradients as one process with whole tables would.

    Args:
        optimizer: whose `clipnorm`, `global_clipnorm` or `clipvalue` counts.
        gradients: summed over the workers; of slices, each row once.
        is_part: which of them are of the rows of one worker alone: the squares of their norms are summed over all.
    """
    if optimizer.clipvalue:
        bound = optimizer.clipvalue
        return [with_values(one, lambda values: tf.clip_by_value(values, -bound, bound)) for one in gradients]
    most = optimizer.clipnorm or optimizer.global_clipnorm
    if not most:
        return list(gradients)
    squares = squared_norms(gradients, is_part)
    norms = tf.sqrt(squares if optimizer.clipnorm else tf.fill(tf.shape(squares), tf.reduce_sum(squares)))
    scales = most / tf.maximum(norms, most)
    return [
        with_values(one, lambda values, scale=scale: values * tf.cast(scale, values.dtype))
        for one, scale in zip(gradients, tf.unstack(scales, len(gradients)), strict=True)
    ]


def squared_norms(gradients: Sequence[Any], is_part: Sequence[bool]) -> tf.Tensor:
    """Of each whole gradient, its parts at all workers among it."""
    own = tf.stack([tf.reduce_sum(tf.square(tf.cast(values_of(one), tf.float32))) for one in gradients])
    replica = tf.distribute.get_replica_context()
    parts = replica.all_reduce(tf.distribute.ReduceOp.SUM, tf.where(list(is_part), own, tf.zeros_like(own)))
    return tf.where(list(is_part), parts, own)


def values_of(gradient: Any) -> tf.Tensor:
    """The numbers of a gradient."""
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def with_values(gradient: Any, change: Any) -> Any:
    """A gradient with other numbers in the same places."""
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(change(gradient.values), gradient.indices, gradient.dense_shape)
    return change(gradient)
