"""Classes by texts: the vectors of the prompts, against those of the network itself."""

import keras
import numpy as np
import pytest
from training.paintings import records, tiny_model

from multimodal_zoo.export import zero_shot_index, zero_shot_scores
from multimodal_zoo.modalities import batch_records, raw_to_tensors
from multimodal_zoo.training import Bundle
from multimodal_zoo.training.splits import adapt

PROMPTS = {"red": ["the red left half", "the red upper half"], "blue": ["the blue left half"]}


@pytest.fixture(scope="module")
def bundle():
    keras.utils.set_random_seed(0)
    model = tiny_model()
    return Bundle(model, adapt(model.modalities, records(1, 0)), (), model.card, {})


def vectors(bundle, layer, raw):
    content, presence, _ = raw_to_tensors(bundle.modalities, batch_records(bundle.modalities, raw))
    network = keras.Model(bundle.model.input, bundle.model.get_layer(layer).output)
    return network({**content, "presence": presence}, training=False).numpy()


def test_a_class_is_the_direction_of_the_mean_of_its_texts(bundle):
    index = zero_shot_index(bundle, PROMPTS, k=2)
    of_red = vectors(bundle, "text_vector", [{"text": text} for text in PROMPTS["red"]]).mean(axis=0)
    of_blue = vectors(bundle, "text_vector", [{"text": "the blue left half"}])[0]
    np.testing.assert_allclose(index.vectors, [of_red / np.linalg.norm(of_red), of_blue], rtol=1e-5, atol=1e-6)
    assert index.ids.tolist() == ["red", "blue"] and (index.k, index.query_layer) == (2, "image_vector")


def test_scores_are_cosines_and_the_index_finds_the_highest(bundle):
    index, pictures = zero_shot_index(bundle, PROMPTS), records(1, 4)
    scores = zero_shot_scores(bundle, index, pictures)
    seen = vectors(bundle, "image_vector", [{"image": one} for one in pictures.columns["image"]])
    np.testing.assert_allclose(scores, seen @ index.vectors.T, rtol=1e-4, atol=1e-5)
    found = [name.decode() for name in index.nearest(seen, index.vectors)["ids"].numpy()[:, 0]]
    assert found == index.ids[scores.argmax(axis=1)].tolist()


def test_what_it_refuses(bundle):
    for prompts in ({}, {"red": []}, {"red": "the red half"}, {"red": [""]}):
        with pytest.raises(ValueError, match="a list of texts for each class"):
            zero_shot_index(bundle, prompts)
    with pytest.raises(ValueError, match="k must be between 1 and the number of items, 2"):
        zero_shot_index(bundle, PROMPTS, k=3)
    with pytest.raises(ValueError, match="no layer 'sound_vector'"):
        zero_shot_index(bundle, PROMPTS, image="sound")
