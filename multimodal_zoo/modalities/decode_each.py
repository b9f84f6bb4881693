"""Decode a batch element by element so that one broken element harms no other."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

# A small fixed number: the graph may be served on another machine than the one that wrote it.
PARALLEL_DECODES = 4


def decode_each(
    raw: tf.Tensor,
    decode: Callable[[tf.Tensor], tf.Tensor],
    shape: tuple[int, ...],
    dtype: tf.DType = tf.float32,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Apply `decode` to each element of `raw`; where it fails the row is zeros and reported.

    TensorFlow's decoders raise on bad bytes and a graph cannot catch that. A `tf.data` pipeline inside the graph can:
    it drops the elements whose mapping fails, and the others go back to their rows.

    Args:
        raw: `(batch,)` string tensor. Empty strings are not decoded.
        decode: from a scalar string tensor to a tensor of `shape`.
        shape: static shape of one decoded element.
        dtype: type of the decoded elements.

    Returns:
        The decoded batch `(batch, *shape)` and `(batch,)` bool, False where nothing could be decoded.
    """
    batch = tf.shape(raw)[0]
    rows = tf.cast(tf.where(tf.strings.length(raw) > 0)[:, 0], tf.int32)
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    options.deterministic = True
    elements = (
        tf.data.Dataset.from_tensor_slices((rows, tf.gather(raw, rows)))
        .map(
            lambda row, value: (row, tf.ensure_shape(decode(value), shape)),
            num_parallel_calls=PARALLEL_DECODES,
        )
        .ignore_errors()
        .batch(tf.maximum(tf.cast(batch, tf.int64), 1))
        .with_options(options)
    )
    nothing = (tf.zeros((0,), tf.int32), tf.zeros((0, *shape), dtype))
    decoded_rows, decoded = elements.reduce(nothing, lambda _, whole: whole)
    target = tf.concat([[batch], tf.constant(shape, tf.int32)], 0)
    tensor = tf.ensure_shape(tf.scatter_nd(decoded_rows[:, None], decoded, target), (None, *shape))
    found = tf.scatter_nd(decoded_rows[:, None], tf.ones_like(decoded_rows), batch[None]) > 0
    return tensor, found
