"""Blocks of ids, narrower the seldomer, against their tables and maps in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import mixed_dimensions
from multimodal_zoo.encoders.mixed_dimensions import MixedDimensionEmbedding
from tests.random_weights import randomise


def test_each_id_is_a_row_of_its_block_made_wide():
    layer = MixedDimensionEmbedding(30, 8, (5, 12), shrink=4)
    layer.build((None, 30))
    randomise(layer)
    tables = [ops.convert_to_numpy(table.embeddings) for table in layer.tables]
    assert [table.shape for table in tables] == [(5, 8), (7, 2), (18, 1)]
    maps = [np.eye(8), *(ops.convert_to_numpy(one.kernel) for one in layer.maps)]
    wanted = np.concatenate([table @ widen for table, widen in zip(tables, maps, strict=True)])
    wanted[0] = 0
    found = ops.convert_to_numpy(layer(np.arange(30, dtype="int32")[None]))[0]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_without_shrinking_and_blocks_it_is_one_table():
    layer = MixedDimensionEmbedding(9, 4, ())
    layer.build((None, 1))
    assert [tuple(weight.shape) for weight in layer.weights] == [(9, 4)]


def test_a_record_is_the_mean_of_its_ids():
    inputs = keras.Input((3,), dtype="int32")
    mean = randomise(keras.Model(inputs, mixed_dimensions(30, 4, (10,))(inputs)))
    each = randomise(keras.Model(inputs, mixed_dimensions(30, 4, (10,), return_sequence=True)(inputs)))
    ids = np.int32([[7, 0, 29], [0, 0, 0]])
    vectors = ops.convert_to_numpy(each(ids))
    wanted = [(vectors[0, 0] + vectors[0, 2]) / 2, np.zeros(4)]
    np.testing.assert_allclose(ops.convert_to_numpy(mean(ids)), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("blocks", [(0,), (30,), (12, 5), (5, 5)])
def test_blocks_that_do_not_ascend_are_refused(blocks):
    with pytest.raises(ValueError, match="blocks ascend"):
        mixed_dimensions(30, 4, blocks)
