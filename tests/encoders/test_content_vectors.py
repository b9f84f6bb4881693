"""What an item says and looks like, beside what the contract of the encoders shows."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import content_vectors
from multimodal_zoo.modalities import Audio, Image, Text
from multimodal_zoo.unknown_name import UnknownName
from tests.random_weights import randomise

CONTENT = {"plot": Text(9, 5), "poster": Image(6, 6, 1)}


def test_a_vector_is_the_linear_map_of_the_encoders_features_and_without_words_zero():
    inputs = {name: one.input(name) for name, one in CONTENT.items()}
    vectors = content_vectors(CONTENT, 4, 3, (3,))(inputs)
    assert list(vectors) == ["plot", "poster"]
    model = randomise(keras.Model(inputs, vectors))
    features = keras.Model(inputs, model.get_layer("plot_content").input)
    given = {"plot": np.int32([[3, 4, 0, 0, 0], [0, 0, 0, 0, 0]]), "poster": np.ones((2, 6, 6, 1), "float32")}
    found = {name: ops.convert_to_numpy(value) for name, value in model(given).items()}
    kernel = ops.convert_to_numpy(model.get_layer("plot_content").kernel)
    np.testing.assert_allclose(found["plot"], ops.convert_to_numpy(features(given)) @ kernel, rtol=1e-5, atol=1e-6)
    assert kernel.shape == (9, 4) and np.abs(found["plot"][0]).max() > 0
    np.testing.assert_array_equal(found["plot"][1], 0)
    np.testing.assert_allclose(found["poster"][0], found["poster"][1], rtol=1e-6)


def test_what_it_refuses():
    with pytest.raises(UnknownName, match="trailer"):
        content_vectors({"trailer": Audio(8000, 1.0)}, 4)
