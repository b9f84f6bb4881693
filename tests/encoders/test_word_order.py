"""Moving words to the front, and what is read off them."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo.encoders.masked_mean import MaskedMean
from multimodal_zoo.encoders.masked_softmax import masked_softmax
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.encoders.word_order import (
    FrontAligned,
    StateAtLastWord,
    front_aligned,
    reversed_words,
    word_counts,
)
from tests.gradients import input_gradient, weight_gradients

ROWS = st.lists(st.lists(st.integers(0, 5), min_size=6, max_size=6), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_words_move_to_the_front_in_their_order(rows):
    ids = np.int32(rows)
    front, back = ops.convert_to_numpy(front_aligned(ids)), ops.convert_to_numpy(FrontAligned(True)(ids))
    for row, found, backwards in zip(rows, front, back, strict=True):
        words = [word for word in row if word]
        assert found.tolist() == words + [0] * (6 - len(words))
        assert backwards.tolist() == words[::-1] + [0] * (6 - len(words))
    assert ops.convert_to_numpy(word_counts(ids)).tolist() == [sum(word > 0 for word in row) for row in rows]


def test_reversing_twice_gives_the_words_again():
    ids = np.int32([[1, 2, 3, 0], [4, 0, 0, 0], [0, 0, 0, 0], [1, 2, 3, 4]])
    once = ops.convert_to_numpy(reversed_words(ids))
    np.testing.assert_array_equal(once, [[3, 2, 1, 0], [4, 0, 0, 0], [0, 0, 0, 0], [4, 3, 2, 1]])
    np.testing.assert_array_equal(ops.convert_to_numpy(reversed_words(once)), ids)


def test_the_state_at_the_last_word():
    states = np.arange(24, dtype="float32").reshape(3, 4, 2)
    states[1, 2:] = np.nan
    states[2] = np.nan
    ids = np.int32([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0]])
    found = ops.convert_to_numpy(StateAtLastWord()(states, ids))
    np.testing.assert_array_equal(found, [[6, 7], [10, 11], [0, 0]])


def test_the_masked_mean():
    features = np.arange(24, dtype="float32").reshape(3, 4, 2)
    features[1, 1] = np.nan
    features[2] = np.inf
    ids = np.int32([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0]])
    found = ops.convert_to_numpy(MaskedMean()(features, ids))
    np.testing.assert_allclose(found, [features[0].mean(axis=0), [10, 11], [0, 0]])
    gradient = input_gradient(lambda tensor: ops.sum(MaskedMean()(tensor, ids)), features)
    np.testing.assert_allclose(gradient[:, :, 0], [[0.25] * 4, [0.5, 0, 0.5, 0], [0] * 4])


def test_the_masked_softmax():
    scores = np.float32([[1e30, 1, 1 + np.log(3)], [5, 5, 5], [-1e30, 0, 0]])
    mask = np.array([[False, True, True], [False, False, False], [True, False, False]])
    found = ops.convert_to_numpy(masked_softmax(scores, mask))
    np.testing.assert_allclose(found, [[0, 0.25, 0.75], [0, 0, 0], [1, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(masked_softmax(np.float32([0, np.log(3)]))), [0.25, 0.75])
    gradient = input_gradient(lambda value: ops.sum(masked_softmax(value, mask)[:, 2]), scores)
    np.testing.assert_allclose(gradient, [[0, -0.1875, 0.1875], [0, 0, 0], [0, 0, 0]], atol=1e-6)


def test_padding_is_the_zero_vector_and_does_not_learn():
    layer = WordEmbedding(5, 3)
    ids = np.int32([[2, 0, 4]])
    found = ops.convert_to_numpy(layer(ids))[0]
    table = ops.convert_to_numpy(layer.embeddings)
    np.testing.assert_array_equal(found, [table[2], np.zeros(3), table[4]])
    assert np.abs(table[0]).max() > 0
    ((_, gradient),) = weight_gradients(layer, ids, loss=ops.sum).items()
    np.testing.assert_array_equal(gradient[:, 0], [0, 0, 1, 0, 1])
    again = WordEmbedding.from_config(layer.get_config())
    assert (again.input_dim, again.output_dim) == (5, 3)


@pytest.mark.parametrize("layer", [FrontAligned(backwards=True), FrontAligned()])
def test_whole_numbers_keep_their_type(layer):
    assert layer(keras.Input((4,), dtype="int32")).dtype == "int32"
    assert FrontAligned.from_config(layer.get_config()).backwards == layer.backwards
