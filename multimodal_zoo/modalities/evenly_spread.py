"""Which of a row of things are kept when only so many fit: evenly spread ones."""

from __future__ import annotations

import tensorflow as tf


def evenly_spread(counts: tf.Tensor, most: int, repeat: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
    """Places out of `counts` things: the middle of each of `most` equal parts; all in order where they fit.

    Args:
        counts: `(batch,)` whole numbers, how many things each row has.
        most: how many are kept.
        repeat: where there are fewer than `most`, keep some several times instead of leaving places empty.

    Returns:
        `(batch, most)` int32 places, and as many bool, False behind the last that is kept.

    Example:
        >>> evenly_spread(tf.constant([10, 2]), 4)
        [[1, 3, 6, 8], [0, 1, 1, 1]], [[True, True, True, True], [True, True, False, False]]
    """
    # 64 bits: a count times twice the places may be more than 32 hold.
    counts = tf.cast(counts, tf.int64)[:, None]
    number = tf.range(most, dtype=tf.int64)[None]
    shown = most * tf.minimum(counts, 1) if repeat else tf.minimum(counts, most)
    places = (2 * number + 1) * counts // tf.maximum(2 * shown, 1)
    return tf.cast(tf.clip_by_value(places, 0, tf.maximum(counts - 1, 0)), tf.int32), number < shown


def there_first(there: tf.Tensor) -> tf.Tensor:
    """The places of each row of `(batch, places)` bool, those that are there first, each kind in its order."""
    return tf.argsort(tf.cast(~there, tf.int32), axis=1, stable=True)
