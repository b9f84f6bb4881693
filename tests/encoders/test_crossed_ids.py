"""Crosses: what meets has a weight of its own."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import CrossedIds, crossed_ids
from multimodal_zoo.encoders.hashed_embedding import HashedIds
from multimodal_zoo.modalities import Categorical, MultiCategorical, Numeric
from multimodal_zoo.unknown_name import UnknownName
from tests.gradients import weight_gradients
from tests.random_weights import randomise

FIELDS = {"user": Categorical(50), "genres": MultiCategorical(30, 3), "age": Numeric(1)}


def cross(first, second):
    return ops.convert_to_numpy(CrossedIds()(np.int32(first), np.int32(second)))


def test_every_pair_has_its_own_id_and_the_order_of_the_fields_counts():
    pairs = np.int32(list(itertools.product(range(1, 60), range(1, 60))))
    found = cross(pairs[:, :1], pairs[:, 1:])
    assert found.shape == (59 * 59, 1) and (found > 0).all()
    # 3,481 pairs in 2^31 ids: a collision has a chance of 0.3 %, and the hash is fixed.
    assert len(np.unique(found)) == 59 * 59


def test_each_id_of_a_set_is_crossed_and_absence_crosses_to_0():
    found = cross([[3], [0]], [[5, 0, 7], [5, 0, 7]])
    assert found[0, 1] == 0 and (found[1] == 0).all()
    np.testing.assert_array_equal(found[0, [0, 2]], np.concatenate([cross([[3]], [[5]]), cross([[3]], [[7]])]).ravel())


def test_the_term_is_the_mean_of_the_weights_of_the_crosses():
    inputs = {name: one.input(name) for name, one in FIELDS.items()}
    (term,) = crossed_ids(FIELDS, [("user", "genres")], buckets=100)(inputs)
    model = randomise(keras.Model(inputs, term))
    given = {
        "user": np.int32([[4], [4], [0]]),
        "genres": np.int32([[5, 6, 0], [0, 0, 0], [5, 6, 0]]),
        "age": np.zeros((3, 1), "float32"),
    }
    table = ops.convert_to_numpy(model.get_layer("user_x_genres_linear").embeddings)[:, 0]
    rows = [int(ops.convert_to_numpy(HashedIds(100)(cross([[4]], [[genre]])))[0, 0]) for genre in (5, 6)]
    found = ops.convert_to_numpy(model(given))
    np.testing.assert_allclose(found, [[table[rows].mean()], [0], [0]], rtol=1e-6)
    ((_, gradient),) = weight_gradients(model, given, loss=lambda term: ops.sum(term)).items()
    learned = np.flatnonzero(np.abs(gradient).sum(axis=-1))
    assert set(learned) == set(rows), "the weights of the crosses that are there, and no others"


def test_what_it_refuses():
    with pytest.raises(UnknownName, match="age"):
        crossed_ids(FIELDS, [("user", "age")])
    for wrong in (("user",), ("user", "user")):
        with pytest.raises(ValueError, match="pair of two fields"):
            crossed_ids(FIELDS, [wrong])
