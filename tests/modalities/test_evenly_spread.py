import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from multimodal_zoo.modalities.evenly_spread import evenly_spread, there_first


@given(count=st.integers(0, 10**6), most=st.integers(1, 300))
@settings(deadline=None)
def test_the_middle_of_each_equal_part(count, most):
    places, kept = (one.numpy()[0] for one in evenly_spread(tf.constant([count]), most))
    shown = min(count, most)
    assert kept.tolist() == [number < shown for number in range(most)]
    assert places[:shown].tolist() == [(2 * number + 1) * count // (2 * shown) for number in range(shown)]
    assert len(set(places[:shown].tolist())) == shown


def test_what_fits_is_kept_in_order_or_repeated():
    assert evenly_spread(tf.constant([3]), 5)[0].numpy()[0, :3].tolist() == [0, 1, 2]
    places, kept = evenly_spread(tf.constant([2, 0, 9]), 5, repeat=True)
    assert places.numpy()[0].tolist() == [0, 0, 1, 1, 1] and places.numpy()[2].tolist() == [0, 2, 4, 6, 8]
    assert kept.numpy().tolist() == [[True] * 5, [False] * 5, [True] * 5]


def test_what_is_there_comes_first_in_its_order():
    there = tf.constant([[False, True, False, True], [True, True, False, False]])
    np.testing.assert_array_equal(there_first(there), [[1, 3, 0, 2], [0, 1, 2, 3]])
