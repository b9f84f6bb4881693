"""The linear path from the words to the logits against its equation."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import BagOfWordsHighway, bag_of_words_highway
from multimodal_zoo.training.precision import precision
from tests.random_weights import randomise

# Word 3 twice, an unknown word, nothing at all.
IDS = np.int32([[3, 3, 5, 0], [0, 2, 1, 0], [0, 0, 0, 0], [1, 1, 0, 0]])


def made(gain=1.0):
    layer = BagOfWordsHighway(6, 2, gain=gain)
    layer(IDS)
    return layer


def test_before_training_it_is_the_sum_of_the_known_words_rows_over_the_root_of_their_number():
    layer = randomise(made(gain=3.0))
    rows = ops.convert_to_numpy(layer.word_weights)
    wanted = np.array([(rows[3] + rows[5]) / np.sqrt(2), rows[2], [0, 0], [0, 0]]) * 3.0
    np.testing.assert_allclose(ops.convert_to_numpy(layer(IDS)), wanted, rtol=1e-6, atol=1e-7)


def test_it_counts_in_how_many_texts_a_word_is():
    layer = made()
    for _ in range(2):
        layer(IDS, training=True)
    assert float(layer.texts) == 4.0
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.texts_with), [0, 0, 2, 2, 0, 2])
    layer(IDS)
    assert float(layer.texts) == 4.0


def test_it_is_a_linear_model_of_binary_tf_idf():
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = np.int32([[2, 3, 3, 4], [3, 4, 5, 1], [3, 2, 0, 0]])
    layer = made()
    layer.word_weights.assign(np.random.default_rng(0).normal(size=(6, 2)))
    layer(texts, training=True)
    vectorizer = TfidfVectorizer(vocabulary=["2", "3", "4", "5"], token_pattern=r"\d", binary=True)
    features = vectorizer.fit_transform(" ".join(map(str, text)) for text in texts)
    wanted = features @ ops.convert_to_numpy(layer.word_weights)[2:]
    np.testing.assert_allclose(ops.convert_to_numpy(layer(texts)), wanted, rtol=1e-5)


def test_a_frozen_layer_counts_no_more():
    layer = made()
    layer.trainable = False
    layer(IDS, training=True)
    assert float(layer.texts) == 0.0


def test_it_says_nothing_before_training_and_has_no_bias():
    layer = made()
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(IDS)), np.zeros((4, 2)))
    assert [weight.shape for weight in layer.trainable_weights] == [(6, 2)]


def test_its_gradient_moves_the_words_that_are_there_only():
    from tests.gradients import weight_gradients

    ((_, gradient),) = weight_gradients(made(gain=2.0), IDS, loss=ops.sum).items()
    wanted = np.zeros((6, 2))
    wanted[3], wanted[5], wanted[2] = 2 / np.sqrt(2), 2 / np.sqrt(2), 2
    np.testing.assert_allclose(gradient, wanted, rtol=1e-6)


def test_it_adds_up_in_float32_under_mixed_precision():
    with precision("mixed_bfloat16"):
        layer = BagOfWordsHighway(1026, 1, gain=1.0)
    ids = np.arange(2, 1026, dtype="int32")[None]
    layer(ids)
    layer.word_weights.assign(np.ones((1026, 1)))
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


def test_what_the_words_add_sums_to_the_answer_and_a_word_that_comes_twice_shares():
    layer = randomise(made(gain=3.0))
    layer.texts.assign(7.0)
    layer.texts_with.assign([0, 0, 1, 5, 2, 3])
    parts = ops.convert_to_numpy(layer.contributions(IDS))
    np.testing.assert_allclose(parts.sum(1), ops.convert_to_numpy(layer(IDS)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(parts[0, 0], parts[0, 1])
    assert not parts[:, 3].any() and not parts[2:].any()
