"""Quotient and remainder embeddings against their index formula."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import quotient_remainder
from multimodal_zoo.encoders.quotient_remainder import QuotientRemainderEmbedding
from tests.random_weights import randomise


@pytest.mark.parametrize(("operation", "join"), [("multiply", np.multiply), ("add", np.add)])
@pytest.mark.parametrize("buckets", [None, 3, 40])
def test_the_vector_of_an_id_is_made_of_its_remainder_and_its_quotient(operation, join, buckets):
    layer = QuotientRemainderEmbedding(30, 4, buckets, operation)
    layer.build((None, 30))
    randomise(layer)
    remainders, quotients = (ops.convert_to_numpy(table.embeddings) for table in (layer.remainders, layer.quotients))
    rows = buckets or 6
    assert len(remainders) == rows and len(quotients) == -(-30 // rows)
    found = ops.convert_to_numpy(layer(np.arange(30, dtype="int32")[None]))[0]
    np.testing.assert_array_equal(found[0], np.zeros(4))
    for number in range(1, 30):
        wanted = join(remainders[number % rows], quotients[number // rows])
        np.testing.assert_allclose(found[number], wanted, rtol=1e-5, atol=1e-6)
    # What the two tables are for: no two ids have the same vector.
    assert len(np.unique(found, axis=0)) == 30


def test_a_record_is_the_mean_of_its_ids():
    inputs = keras.Input((3,), dtype="int32")
    mean = randomise(keras.Model(inputs, quotient_remainder(30, 4)(inputs)))
    each = randomise(keras.Model(inputs, quotient_remainder(30, 4, return_sequence=True)(inputs)))
    ids = np.int32([[7, 0, 29], [0, 0, 0]])
    vectors = ops.convert_to_numpy(each(ids))
    wanted = [(vectors[0, 0] + vectors[0, 2]) / 2, np.zeros(4)]
    np.testing.assert_allclose(ops.convert_to_numpy(mean(ids)), wanted, rtol=1e-5, atol=1e-6)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="multiply, add; received 'concat'"):
        quotient_remainder(30, 4, operation="concat")
    with pytest.raises(ValueError, match="buckets=0"):
        quotient_remainder(30, 4, buckets=0)
