"""The linear path from the words to the logits against its equation."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import BagOfWordsHighway, bag_of_words_highway
from tests.dtype_policy import dtype_policy
from tests.random_weights import randomise

IDS = np.int32([[3, 3, 5, 0], [0, 2, 0, 0], [0, 0, 0, 0]])


def made(gain=1.0):
    layer = BagOfWordsHighway(6, 2, gain=gain)
    layer(IDS)
    return layer


def test_before_training_it_is_the_sum_of_the_word_rows_over_the_root_of_their_number():
    layer = randomise(made(gain=3.0))
    rows = ops.convert_to_numpy(layer.word_weights)
    wanted = np.array([(2 * rows[3] + rows[5]) / np.sqrt(3), rows[2], [0, 0]]) * 3.0
    np.testing.assert_allclose(ops.convert_to_numpy(layer(IDS)), wanted, rtol=1e-6, atol=1e-7)


def test_it_weighs_the_words_by_the_inverse_document_frequency_that_training_counted():
    layer = made()
    layer.word_weights.assign(np.arange(12.0).reshape(6, 2))
    for _ in range(2):
        layer(IDS, training=True)
    # Four texts that have words; word 3 is in two of them, once each, although it stands there twice.
    assert float(layer.texts) == 4.0
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.texts_with), [0, 0, 2, 2, 0, 2])
    idf = np.log((1 + 4) / (1 + np.array([0, 0, 2, 2, 0, 2]))) + 1
    rows = np.arange(12.0).reshape(6, 2)
    wanted = (2 * idf[3] * rows[3] + idf[5] * rows[5]) / np.sqrt(2 * idf[3] ** 2 + idf[5] ** 2)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(IDS))[0], wanted, rtol=1e-6)


def test_it_is_tf_idf_and_a_linear_model_where_no_word_comes_twice():
    from sklearn.feature_extraction.text import TfidfTransformer

    texts = np.int32([[1, 2, 3], [2, 3, 4], [2, 5, 0]])
    layer = made()
    layer.word_weights.assign(np.random.default_rng(0).normal(size=(6, 2)))
    layer(texts, training=True)
    counts = np.array([[np.sum(text == word) for word in range(1, 6)] for text in texts])
    wanted = TfidfTransformer().fit_transform(counts) @ ops.convert_to_numpy(layer.word_weights)[1:]
    np.testing.assert_allclose(ops.convert_to_numpy(layer(texts)), wanted, rtol=1e-5)


def test_a_frozen_layer_counts_no_more():
    layer = made()
    layer.trainable = False
    layer(IDS, training=True)
    assert float(layer.texts) == 0.0


def test_it_says_nothing_before_training_and_has_no_bias():
    layer = made()
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(IDS)), np.zeros((3, 2)))
    assert [weight.shape for weight in layer.trainable_weights] == [(6, 2)]


def test_its_gradient_moves_the_words_that_are_there_only():
    from tests.gradients import weight_gradients

    ((_, gradient),) = weight_gradients(made(gain=2.0), IDS, loss=ops.sum).items()
    wanted = np.zeros((6, 2))
    wanted[3], wanted[5], wanted[2] = 4 / np.sqrt(3), 2 / np.sqrt(3), 2
    np.testing.assert_allclose(gradient, wanted, rtol=1e-6)


def test_it_adds_up_in_float32_under_mixed_precision():
    with dtype_policy("mixed_bfloat16"):
        layer = BagOfWordsHighway(3, 1, gain=1.0)
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
    with pytest.raises(ValueError, match="gain=0"):
        bag_of_words_highway(10, 2, gain=0)
