"""Topics in the graph against scikit-learn's."""

import keras
import numpy as np
import pytest
import scipy.special
from keras import ops
from sklearn.decomposition import LatentDirichletAllocation

from multimodal_zoo.encoders import LdaTopics, lda_topics
from multimodal_zoo.encoders.lda_topics import digamma
from multimodal_zoo.encoders.tf_idf import word_frequencies
from multimodal_zoo.training.precision import precision

DRAWS = np.random.default_rng(0)
# Texts of either of two topics: the words 2 to 6, or 7 to 11.
TEXTS = np.concatenate([DRAWS.integers(2, 7, size=(15, 8)), DRAWS.integers(7, 12, size=(15, 8))]).astype("int32")
TEXTS[:, 6:] = 0
NEW = np.int32([[2, 3, 2, 0, 4, 0], [8, 9, 1, 7, 7, 7], [2, 8, 3, 9, 0, 0], [1, 0, 0, 1, 0, 0]])


def test_digamma_equals_scipys():
    x = np.concatenate([np.geomspace(1e-2, 1e5, 60), [1.0, 1.4616321]]).astype("float32")
    found = ops.convert_to_numpy(digamma(ops.convert_to_tensor(x)))
    np.testing.assert_allclose(found, scipy.special.digamma(x), rtol=2e-6, atol=2e-6)


def test_it_equals_scikit_learn_on_texts_it_was_not_fitted_to():
    model = LatentDirichletAllocation(3, random_state=0, max_doc_update_iter=40, mean_change_tol=0)
    model.fit(word_frequencies(TEXTS, 12))
    layer = LdaTopics(12, topics=3, iterations=40)
    layer(NEW)
    layer.take(model.components_)
    found = ops.convert_to_numpy(layer(NEW))
    np.testing.assert_allclose(found[:3], model.transform(word_frequencies(NEW, 12))[:3], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found[3], np.zeros(3))


def test_texts_of_two_topics_are_told_apart_and_the_topics_are_saved(tmp_path):
    inputs = keras.Input((6,), dtype="int32")
    model = keras.Model(inputs, lda_topics(12, 2, TEXTS, name="topics")(inputs))
    found = ops.convert_to_numpy(model(NEW))
    np.testing.assert_allclose(found[:3].sum(axis=1), 1, rtol=1e-5)
    first = found[0].argmax()
    assert found[0, first] > 0.8 and found[1, first] < 0.2 and 0.3 < found[2, first] < 0.7
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(ops.convert_to_numpy(again(NEW)), found, rtol=1e-6)
    with precision("mixed_bfloat16"):
        mixed = keras.Model(inputs, lda_topics(12, 2, TEXTS)(inputs))(NEW)
    assert keras.backend.standardize_dtype(mixed.dtype) == "bfloat16"
    np.testing.assert_allclose(ops.convert_to_numpy(ops.cast(mixed, "float32")), found, atol=0.01)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="topics=0"):
        lda_topics(12, 0)
    with pytest.raises(ValueError, match="has a known word"):
        lda_topics(12, 2, np.zeros((2, 3), "int32"))
