"""Tf-idf vectors in the graph against scikit-learn's."""

import keras
import numpy as np
import pytest
from keras import ops
from sklearn.feature_extraction.text import TfidfVectorizer

from multimodal_zoo.encoders import tf_idf
from multimodal_zoo.encoders.tf_idf import word_frequencies
from multimodal_zoo.training.precision import precision

TEXTS = np.random.default_rng(0).integers(0, 9, size=(20, 6)).astype("int32")
NEW = np.int32([[2, 3, 2, 0, 0, 0], [8, 7, 1, 6, 6, 6], [1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]])


def sklearns(texts, new):
    """Over words written out, with no word of scikit-learn's own choosing left out."""
    written = [[" ".join(f"w{number}" for number in row if number > 1) for row in rows] for rows in (texts, new)]
    vectoriser = TfidfVectorizer(vocabulary=[f"w{number}" for number in range(9)], token_pattern=r"\S+")
    return vectoriser.fit(written[0]).transform(written[1]).toarray()


def built(texts=TEXTS):
    inputs = keras.Input((6,), dtype="int32")
    return keras.Model(inputs, tf_idf(9, texts, name="words")(inputs))


def test_it_equals_scikit_learn():
    found = ops.convert_to_numpy(built()(NEW))
    np.testing.assert_allclose(found, sklearns(TEXTS, NEW), rtol=1e-5, atol=1e-6)
    assert not found[2:].any()


def test_what_was_learned_is_saved_with_the_model(tmp_path):
    model = built()
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(again(NEW)), ops.convert_to_numpy(model(NEW)))
    unfitted = built(texts=None)
    assert not unfitted.trainable_weights
    unfitted.set_weights(model.get_weights())
    np.testing.assert_array_equal(ops.convert_to_numpy(unfitted(NEW)), ops.convert_to_numpy(model(NEW)))


def test_mixed_precision_stays_close_to_float32():
    with precision("mixed_bfloat16"):
        found = built()(NEW)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    np.testing.assert_allclose(ops.convert_to_numpy(ops.cast(found, "float32")), sklearns(TEXTS, NEW), atol=0.01)


def test_frequencies_leave_padding_and_unknown_words_out():
    np.testing.assert_array_equal(
        word_frequencies(NEW[:2], 9).toarray(), [[0, 0, 2, 1, 0, 0, 0, 0, 0], [0] * 6 + [3, 1, 1]]
    )
    with pytest.raises(ValueError, match="None of the 2 texts has a known word"):
        word_frequencies(NEW[2:], 9)
