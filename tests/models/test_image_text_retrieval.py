"""Image and text in one space."""

import keras
import numpy as np
import pytest

from multimodal_zoo.heads import match_scores
from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.models import image_text_retrieval
from multimodal_zoo.unknown_name import UnknownName
from tests.random_weights import randomise

IMAGE, TEXT = Image(8, 8, 1), Text(11, 6)
RANDOM = np.random.default_rng(0)
BATCH = {
    "image": RANDOM.uniform(size=(4, 8, 8, 1)).astype("float32"),
    "text": RANDOM.integers(1, 11, (4, 6)).astype("int32"),
}
PRESENCE = np.float32([[1, 1], [1, 0], [0, 1], [0, 0]])


def built(**arguments):
    settings = {"filters": (4,), "embedding_dim": 4, "joint_dim": 5, "dropout": 0.0}
    return randomise(image_text_retrieval(IMAGE, TEXT, **{**settings, **arguments}))


def answer(model, layer, inputs):
    return keras.ops.convert_to_numpy(keras.Model(model.input, model.get_layer(layer).output)(inputs))


def length(vectors):
    return np.linalg.norm(vectors, axis=-1)


@pytest.mark.parametrize("text_encoder", ["cnn", "gru", "transformer", "words"])
def test_each_side_has_a_unit_vector_that_the_other_does_not_move(text_encoder):
    model = built(text_encoder=text_encoder)
    other = {**BATCH, "text": BATCH["text"][::-1].copy()}
    image, text = (answer(model, f"{side}_vector", BATCH) for side in ("image", "text"))
    np.testing.assert_allclose([length(image), length(text)], 1, rtol=1e-5)
    np.testing.assert_array_equal(answer(model, "image_vector", other), image)
    np.testing.assert_allclose(answer(model, "text_vector", other), text[::-1], atol=1e-6)
    assert np.abs(text[0] - text[1]).max() > 1e-3


def test_joint_is_the_embedding_of_what_is_there_alone():
    model = built(missing_modalities=True)
    inputs = {**BATCH, "presence": PRESENCE}
    image, text, joint = (answer(model, layer, inputs) for layer in ("image_vector", "text_vector", "joint"))
    both = answer(model, "joint", {**BATCH, "presence": np.ones_like(PRESENCE)})
    np.testing.assert_allclose(joint[1], image[1], atol=1e-6)
    np.testing.assert_allclose(joint[2], text[2], atol=1e-6)
    np.testing.assert_array_equal(joint[3], 0)
    np.testing.assert_allclose(joint[0], (image[0] + text[0]) / length(image[0] + text[0]), atol=1e-6)
    np.testing.assert_allclose(length(both), 1, rtol=1e-5)
    np.testing.assert_array_equal(image[2:], 0)
    np.testing.assert_array_equal(text[[1, 3]], 0)


def test_it_answers_the_vectors_whose_cosine_is_the_match():
    model = built(missing_modalities=True, temperature=0.25)
    inputs = {**BATCH, "presence": PRESENCE}
    found = keras.ops.convert_to_numpy(model(inputs))
    image, text = (answer(model, f"{side}_vector", inputs) for side in ("image", "text"))
    scale = np.exp(float(model.get_layer("vectors").log_scale))
    np.testing.assert_allclose(found[:, 0] @ found[:, 1].T, scale * image @ text.T, rtol=1e-4, atol=1e-5)
    scores = keras.ops.convert_to_numpy(match_scores(found))
    np.testing.assert_allclose(scores[:, 0], [(image[0] * text[0]).sum(), 0, 0, 0], atol=1e-6)


def test_a_backbone_takes_the_place_of_the_small_network():
    model = image_text_retrieval(
        Image(32, 32, 3), TEXT, backbone="MobileNetV2", backbone_trainable=False, joint_dim=5, embedding_dim=4
    )
    assert not [one for one in model.trainable_weights if "image_backbone" in one.path]
    assert model.output_shape == (None, 3, 5)


def test_both_sides_are_needed_and_the_text_encoder_has_to_exist():
    with pytest.raises(ValueError, match="needs an image and a text; got .*text=None"):
        image_text_retrieval(text=None)
    with pytest.raises(UnknownName, match="text_encoder"):
        image_text_retrieval(text_encoder="grue")
