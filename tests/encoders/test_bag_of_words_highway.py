"""The linear path from the words to the logits against its equation."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import BagOfWordsHighway, bag_of_words_highway
from tests.dtype_policy import dtype_policy
from tests.random_weights import randomise

IDS = np.int32([[3, 3, 5, 0], [0, 2, 0, 0], [0, 0, 0, 0]])


def made():
    layer = BagOfWordsHighway(6, 2)
    layer(IDS)
    return layer


def test_it_is_the_sum_of_the_word_rows_over_the_root_of_their_number():
    layer = randomise(made())
    rows = ops.convert_to_numpy(layer.word_weights)
    wanted = [(2 * rows[3] + rows[5]) / np.sqrt(3), rows[2], [0, 0]]
    np.testing.assert_allclose(ops.convert_to_numpy(layer(IDS)), wanted, rtol=1e-6, atol=1e-7)


def test_it_says_nothing_before_training_and_has_no_bias():
    layer = made()
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(IDS)), np.zeros((3, 2)))
    assert [weight.shape for weight in layer.weights] == [(6, 2)]


def test_its_gradient_moves_the_words_that_are_there_only():
    from tests.gradients import weight_gradients

    ((_, gradient),) = weight_gradients(made(), IDS, loss=ops.sum).items()
    wanted = np.zeros((6, 2))
    wanted[3], wanted[5], wanted[2] = 2 / np.sqrt(3), 1 / np.sqrt(3), 1
    np.testing.assert_allclose(gradient, wanted, rtol=1e-6)


def test_it_adds_up_in_float32_under_mixed_precision():
    with dtype_policy("mixed_bfloat16"):
        layer = BagOfWordsHighway(3, 1)
    ids = np.full((1, 1024), 2, "int32")
    layer(ids)
    layer.word_weights.assign(np.ones((3, 1)))
    found = layer(ids)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    assert float(ops.cast(found, "float32")[0, 0]) == 32.0


def test_what_it_refuses():
    with pytest.raises(ValueError, match="vocabulary_size=0"):
        bag_of_words_highway(0, 2)
    with pytest.raises(ValueError, match="outputs=0"):
        bag_of_words_highway(10, 0)
