"""Slices of several tables in one message, put together again from those of several replicas."""

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from multimodal_zoo.training.exchanged_gradients import is_packable, packed, unpacked

# How many slices of each of three tables each of some replicas has.
COUNTS = st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=4)
WIDTHS, ROWS = (1, 4, 3), (9, 20, 7)


def slices(counts, draw):
    """Of three tables; ids may come twice."""
    return [
        tf.IndexedSlices(
            tf.constant(draw.normal(size=(count, width)), tf.float32),
            tf.constant(draw.integers(0, rows, count), tf.int64 if width == 4 else tf.int32),
            tf.constant([rows, width]),
        )
        for count, width, rows in zip(counts, WIDTHS, ROWS, strict=True)
    ]


@settings(deadline=None, max_examples=25)
@given(COUNTS, st.integers(0, 9))
def test_each_table_gets_the_slices_of_all_replicas_in_their_order(counts, seed):
    draw = np.random.default_rng(seed)
    of_all = [slices(one, draw) for one in counts]
    numbers = tf.concat([packed(one) for one in of_all], axis=0)
    found = unpacked(numbers, tf.constant(counts, tf.int32), of_all[0], len(counts))
    for table, one in enumerate(found):
        assert one.indices.dtype == of_all[0][table].indices.dtype
        np.testing.assert_array_equal(one.indices, np.concatenate([own[table].indices for own in of_all]))
        np.testing.assert_array_equal(one.values, np.concatenate([own[table].values for own in of_all]))
        np.testing.assert_array_equal(one.dense_shape, [ROWS[table], WIDTHS[table]])


def test_what_is_no_row_of_32_bit_numbers_travels_as_before():
    indices = tf.constant([1])
    assert is_packable(tf.IndexedSlices(tf.ones((1, 2)), indices, tf.constant([3, 2])))
    assert not is_packable(tf.IndexedSlices(tf.ones((1, 2), tf.float16), indices, tf.constant([3, 2])))
    assert not is_packable(tf.IndexedSlices(tf.ones((1, 2, 2)), indices, tf.constant([3, 2, 2])))
    assert not is_packable(tf.ones((3, 2)))
