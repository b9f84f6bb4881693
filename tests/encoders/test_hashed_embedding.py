"""The hash against 32-bit arithmetic in plain integers, and the rows it names."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo.encoders import hashed_embedding
from multimodal_zoo.encoders.hashed_embedding import HashedIds, hash_of
from tests.random_weights import randomise


def finaliser(number):
    """The finaliser of MurmurHash3 in unsigned 32-bit arithmetic."""
    number ^= number >> 16
    number = number * 0x85EBCA6B % 2**32
    number ^= number >> 13
    number = number * 0xC2B2AE35 % 2**32
    return number ^ number >> 16


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=40, max_size=40), st.integers(0, 2**31))
def test_the_hash_is_murmurs(ids, seed):
    wanted = [finaliser((number ^ seed * 0x9E3779B1) % 2**32) % 2**31 for number in ids]
    np.testing.assert_array_equal(ops.convert_to_numpy(hash_of(ops.convert_to_tensor(np.int32(ids)), seed)), wanted)


def test_it_is_the_same_in_every_process():
    """Published values of the function: nothing of this process is in them."""
    found = ops.convert_to_numpy(hash_of(ops.convert_to_tensor(np.int32([0, 1, 2]))))
    np.testing.assert_array_equal(found, [0, 0x514E28B7, 0x30F4C306])


def test_neighbours_are_spread_evenly_over_all_rows_but_the_first():
    rows = ops.convert_to_numpy(HashedIds(11, seed=3)(ops.reshape(ops.arange(1, 20001, dtype="int32"), (1, -1))))
    counts = np.bincount(rows.ravel(), minlength=11)
    assert counts[0] == 0 and len(counts) == 11
    # Ten rows of 2000 on average: chi-squared with 9 degrees of freedom is below 28 in 999 of 1000 cases.
    assert ((counts[1:] - 2000) ** 2 / 2000).sum() < 28


def test_a_record_is_the_mean_of_the_rows_of_its_ids():
    inputs = keras.Input((3,), dtype="int32")
    model = randomise(keras.Model(inputs, hashed_embedding(50, 4, seed=1, name="item")(inputs)))
    table = ops.convert_to_numpy(model.get_layer("item_embedding").embeddings)
    row = {number: 1 + finaliser(number ^ 0x9E3779B1) % 2**31 % 49 for number in (5, 123456789)}
    found = ops.convert_to_numpy(model(np.int32([[5, 0, 123456789], [0, 0, 0]])))
    wanted = [(table[row[5]] + table[row[123456789]]) / 2, np.zeros(4)]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="at least 2; received 1"):
        hashed_embedding(1, 4)
    with pytest.raises(ValueError, match="int32 ids; received float32"):
        hashed_embedding(9, 4)(keras.Input((2,)))
