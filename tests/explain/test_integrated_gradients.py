"""Integrated gradients against networks whose attributions are known, and their law on networks of the zoo."""

import keras
import numpy as np
import pytest
from contract.records import bundle_of, raw_records, small_model
from keras import layers

from multimodal_zoo.encoders.tf_idf import TfIdf
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.encoders.word_order import FrontAligned
from multimodal_zoo.explain import integrated_gradients
from multimodal_zoo.explain.integrated_gradients import parts_of_way
from multimodal_zoo.modalities import Categorical, Image, Numeric, Series, Text
from multimodal_zoo.training import predict_record
from multimodal_zoo.unknown_name import UnknownName
from tests.explain.tiny_bundles import bundle_around, png
from tests.random_weights import randomise

TEXT = Text(10, 4, vocabulary=("clear", "lungs", "heart"))
NUMBERS = Numeric(2, mean=(0.0, 0.0), variance=(1.0, 1.0))
RANDOM = np.random.default_rng(0)


def test_a_linear_network_is_its_weights_times_its_inputs():
    """The closed form: a_i = w_i x_i, a word's the inner product of its vector with the weights of its place."""
    image, numbers, text = Image(2, 3, 1).input("image"), NUMBERS.input("numbers"), TEXT.input("text")
    embed, read = WordEmbedding(10, 2, name="embed"), layers.Dense(1, name="read")
    parts = [layers.Flatten()(image), numbers, layers.Flatten()(embed(text))]
    model = keras.Model({"image": image, "numbers": numbers, "text": text}, read(layers.Concatenate()(parts)))
    randomise(model)
    bundle = bundle_around(model, {"image": Image(2, 3, 1), "numbers": NUMBERS, "text": TEXT})
    pixels = RANDOM.integers(0, 256, (2, 3))
    record = {"image": png(pixels), "numbers": [2.0, -3.0], "text": "Clear, unheard heart"}

    found = integrated_gradients(bundle, record, steps=1)
    weights = read.kernel.numpy()[:, 0]
    np.testing.assert_allclose(found.by_modality["image"].ravel(), weights[:6] * pixels.ravel() / 255, atol=1e-5)
    np.testing.assert_allclose(found.by_modality["numbers"], weights[6:8] * [2.0, -3.0], atol=1e-5)
    rows = embed.embeddings.numpy()[[2, 1, 4]]
    wanted = np.append((rows * weights[8:].reshape(4, 2)[:3]).sum(1), 0.0)
    np.testing.assert_allclose(found.by_modality["text"], wanted, atol=1e-5)
    assert found.steps == 1 and abs(found.gap) < 1e-5 and found.target.name == "value"


def test_a_product_is_shared_by_its_factors():
    """F = x y from 0: each gets the half of it, as from the integral of t x y dt."""
    numbers = NUMBERS.input("numbers")
    model = keras.Model({"numbers": numbers}, layers.Dot(1)([numbers[:, :1], numbers[:, 1:]]))
    found = integrated_gradients(bundle_around(model, {"numbers": NUMBERS}), {"numbers": [2.0, 5.0]}, steps=256)
    np.testing.assert_allclose(found.by_modality["numbers"], [5.0, 5.0], rtol=2e-3)


def test_words_keep_their_places_when_a_network_reads_them_backwards():
    text = TEXT.input("text")
    embed, read = WordEmbedding(10, 1, name="embed"), layers.Dense(1, use_bias=False, name="read")
    turned = FrontAligned(backwards=True)(text)
    model = keras.Model({"text": text}, read(layers.Flatten()(embed(turned))))
    randomise(model)
    found = integrated_gradients(bundle_around(model, {"text": TEXT}), {"text": "heart clear lungs"})
    words, weights = embed.embeddings.numpy()[:, 0], read.kernel.numpy()[:, 0]
    wanted = [words[4] * weights[2], words[2] * weights[1], words[3] * weights[0], 0.0]
    np.testing.assert_allclose(found.by_modality["text"], wanted, atol=1e-5)


def test_an_id_crossed_from_two_is_due_to_both_alike():
    fields = {"user": Categorical(10, vocabulary=("a", "b")), "item": Categorical(10, vocabulary=("x", "y"))}
    user, item = (one.input(name) for name, one in fields.items())
    embed = WordEmbedding(100, 1, name="embed")
    model = keras.Model({"user": user, "item": item}, layers.Reshape((1,))(embed(user * 10 + item)))
    randomise(model)
    found = integrated_gradients(bundle_around(model, fields), {"user": "b", "item": "x"})
    half = float(embed.embeddings.numpy()[32, 0]) / 2
    np.testing.assert_allclose([found.by_modality["user"], found.by_modality["item"]], [[half], [half]], rtol=1e-5)
    alone = integrated_gradients(bundle_around(model, fields), {"item": "x"})
    np.testing.assert_allclose(alone.by_modality["item"], embed.embeddings.numpy()[2], rtol=1e-5)
    assert set(alone.by_modality) == {"item"}


def test_the_mask_of_a_series_is_no_content_and_an_absent_modality_has_no_attributions():
    model = small_model("machine_health", missing_modalities=True, filters=(8,))
    bundle = bundle_of(model)
    record = raw_records(model, 1)[0]
    whole = integrated_gradients(bundle, record)
    steps = len(record["sensors"])
    assert whole.by_modality["sensors"].shape == (12, model.modalities["sensors"].shape[1] - 1)
    assert np.abs(whole.by_modality["sensors"]).sum() > 0
    assert not whole.by_modality["sensors"][steps:].any()
    alone = integrated_gradients(bundle, {"state": record["state"]})
    assert set(alone.by_modality) == {"state"} and abs(alone.gap) < 0.02 * abs(alone.answer - alone.baseline) + 1e-6


@pytest.mark.parametrize("name", ["lstnet_diagnosis", "wide_deep", "audio_visual_fusion"])
def test_the_attributions_add_up_to_the_answer_less_the_baseline(name):
    """Completeness, with text, image, sound, series, ids and numbers, and layers that normalise what they see."""
    keras.utils.set_random_seed(0)
    narrow = {"filters": (4,)} if name == "lstnet_diagnosis" else {}
    model = small_model(name, missing_modalities=True, **narrow)
    for layer in model.layers:
        if hasattr(layer, "contributions"):
            randomise(layer)
    bundle, record = bundle_of(model), raw_records(model, 1)[0]
    before = model.to_json()
    found = integrated_gradients(bundle, record)
    assert model.to_json() == before
    assert set(found.by_modality) == set(model.modalities)
    total = sum(one.sum() for one in found.by_modality.values())
    assert abs(found.answer - found.baseline) > 1e-4
    np.testing.assert_allclose(total, found.answer - found.baseline, rtol=0.02)
    assert found.gap == pytest.approx(total - (found.answer - found.baseline))


def test_the_target_is_the_largest_figure_or_the_one_asked_for():
    model = small_model("lstnet_diagnosis", num_classes=3, report=None, filters=(4,))
    bundle, record = bundle_of(model), {"image": raw_records(model, 1)[0]["image"]}
    probabilities = predict_record(bundle, record)["probabilities"]
    least, most = (pick(probabilities, key=probabilities.get) for pick in (min, max))
    for asked, wanted in ((None, most), (least, least)):
        found = integrated_gradients(bundle, record, target=asked, steps=1, most_steps=1)
        assert found.target.name == wanted and found.answer == pytest.approx(probabilities[wanted], abs=1e-6)
    with pytest.raises(UnknownName, match="class 7"):
        integrated_gradients(bundle, record, target="class 7")


def test_what_cannot_be_explained_says_why():
    speech = small_model("speech_recognizer")
    with pytest.raises(ValueError, match="network for transcription"):
        integrated_gradients(bundle_of(speech), raw_records(speech, 1)[0])
    text = TEXT.input("text")
    mixed = keras.Model({"text": text}, layers.Dense(1)(TfIdf(10, name="frequencies")(text)))
    with pytest.raises(ValueError, match="'frequencies' mixes the ids of text"):
        integrated_gradients(bundle_around(mixed, {"text": TEXT}), {"text": "clear"})
    counted = keras.Model({"text": text}, keras.ops.cast(keras.ops.sum(text, axis=1, keepdims=True), "float32"))
    with pytest.raises(ValueError, match="no layer with weights reads the ids of 'text'"):
        integrated_gradients(bundle_around(counted, {"text": TEXT}), {"text": "clear"})
    series = Series(1, 3, mean=(0.0,), variance=(1.0,))
    steps = series.input("series")
    stepwise = keras.Model({"series": steps}, keras.ops.cast(keras.ops.round(steps[:, :1, 0]) > 0, "float32"))
    with pytest.raises(ValueError, match="'series' has no way to the answer"):
        integrated_gradients(bundle_around(stepwise, {"series": series}), {"series": [[1.0]]})
    with pytest.raises(ValueError, match="steps=0"):
        integrated_gradients(bundle_around(counted, {"text": TEXT}), {"text": "clear"}, steps=0)


@pytest.mark.parametrize("steps", [1, 2, 3, 32])
def test_the_parts_of_the_way_are_so_many_and_make_it_whole(steps):
    edges = parts_of_way(steps)
    assert len(edges) == steps + 1 and edges[0] == 0.0 and edges[-1] == 1.0
    assert (np.diff(edges) > 0).all()
