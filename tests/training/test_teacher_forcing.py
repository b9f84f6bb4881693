"""The words before each place are given, or the network's own: `fit` of networks that write captions."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.descriptions import LENGTH, WORDS, Descriptions, described, sentences, tiny_captioner
from training.interrupted import interrupted
from training.numbers_model import differences, weights_of
from training.paintings import NAMES
from training.spelling import Spelling, tiny_recognizer

from multimodal_zoo.metrics import worded
from multimodal_zoo.objectives import CaptionLoss, TextCritic
from multimodal_zoo.training import Adversary, evaluate, fit, load_bundle, predict_record
from multimodal_zoo.training.teacher_forcing import OWN, taught_network, with_words_before
from multimodal_zoo.training.teacher_forcing import WORDS as BEFORE

SETTINGS = {"epochs": 30, "batch_size": 16, "learning_rate": 0.01, "patience": 30, "verbose": 0}


@pytest.fixture(scope="module")
def bundle():
    keras.utils.set_random_seed(0)
    return fit(tiny_captioner(), Descriptions(), own_words=0.25, **SETTINGS)


def added(own_words=0.0, rising=1, first_step=0, seed=0, batches=4):
    """What is added to batches of one image each."""
    captions = np.tile(np.array([[[3, 4, 2, 0, 0], [2, 0, 0, 0, 0]]]), (batches, 1, 1)).astype("int32")
    data = tf.data.Dataset.from_tensor_slices(({"image": np.zeros((batches, 1))}, captions)).batch(1)
    return list(with_words_before(data, 4, own_words, rising, seed, first_step).as_numpy_iterator())


def test_the_words_before_are_the_caption_one_place_later():
    inputs, labels = added()[0]
    assert sorted(inputs) == sorted(["image", BEFORE, OWN])
    np.testing.assert_array_equal(inputs[BEFORE], [[[0, 3, 4, 2], [0, 2, 0, 0]]])
    assert labels.shape == (1, 2, 5) and not inputs[OWN].any()


def test_the_share_of_own_words_rises_evenly_and_draws_follow_from_seed_and_step():
    shares = np.array([inputs[OWN].mean() for inputs, _ in added(0.8, 300, batches=900)])
    assert shares[:30].mean() < 0.1
    assert shares[120:180].mean() == pytest.approx(0.4, abs=0.08)
    assert shares[300:].mean() == pytest.approx(0.8, abs=0.03)
    whole = [inputs[OWN] for inputs, _ in added(0.5, 10, batches=30)]
    resumed = [inputs[OWN] for inputs, _ in added(0.5, 10, first_step=20, batches=10)]
    np.testing.assert_array_equal(whole[20:], resumed)
    others = [inputs[OWN] for inputs, _ in added(0.5, 10, seed=1, batches=30)]
    assert not np.array_equal(whole, others)


def test_labels_of_another_kind_and_shares_out_of_range_are_refused():
    data = tf.data.Dataset.from_tensor_slices(({"image": np.zeros((2, 1))}, np.zeros((2, 5), "int32"))).batch(1)
    with pytest.raises(ValueError, match=r"Captions are labels \(records, captions, longest\)"):
        with_words_before(data, 4)
    with pytest.raises(ValueError, match="own_words is a share, 0 to 1, got 1.5"):
        added(1.5)


def test_the_taught_network_is_the_network():
    model = tiny_captioner()
    taught = taught_network(model)
    assert taught.count_params() == model.count_params()
    inputs = {"image": np.random.default_rng(0).random((3, 8, 8, 3), "float32"), "presence": np.ones((3, 1), "float32")}
    words = np.zeros((3, 2, LENGTH), "int32")
    alone = model.predict(inputs, verbose=0)
    told = taught.predict({**inputs, BEFORE: words, OWN: words + 1}, verbose=0)
    np.testing.assert_allclose(told, np.stack([alone, alone], axis=1), atol=1e-6)


def test_unseen_paintings_are_described(bundle):
    assert isinstance(bundle.model.loss, CaptionLoss)
    test = described(2, 2)
    figures = evaluate(bundle, test)
    assert figures["bleu"] > 80 and figures["records"] == 32
    assert bundle.metrics["beats_constant"] is True
    assert bundle.metrics["constant"]["bleu"] < bundle.metrics["validation"]["bleu"]
    answers = [predict_record(bundle, test[row][0]) for row in range(16)]
    right = [answer["caption"] in sentences(name) for answer, name in zip(answers, NAMES, strict=True)]
    assert np.mean(right) > 0.8
    assert all(answer["score"] < 0 and answer["presence"] == {"image": True} for answer in answers)


def test_the_bundle_keeps_its_words(bundle, tmp_path):
    loaded = load_bundle(bundle.save(tmp_path / "bundle"))
    assert loaded.class_names == WORDS
    assert f"- Words: {', '.join(WORDS)}" in (tmp_path / "bundle" / "card.md").read_text()
    record, labels = described(1, 3)[4]
    answer = predict_record(loaded, record)
    assert answer == predict_record(bundle, record)
    assert set(answer["caption"].split()) <= set(WORDS[2:]) and len(worded(np.array(labels), WORDS)) == 2


def test_an_interrupted_training_goes_on_as_it_would_have(tmp_path):
    settings = {**SETTINGS, "epochs": 3, "own_words": 0.5, "checkpoint_minutes": 0.0}

    def train(out):
        keras.utils.set_random_seed(1)
        return fit(tiny_captioner(), Descriptions(2), out=out, **settings)

    whole = train(None)
    steps = int(whole.model.optimizer.iterations) // 3
    # Behind the first step of the second epoch.
    resumed, left = interrupted(train, tmp_path / "bundle", steps + 1)
    assert left == 2 * steps - 1 and whole.metrics["history"] == resumed.metrics["history"]
    assert not differences(weights_of(whole), weights_of(resumed))


def test_own_words_and_critics_are_refused_where_they_make_no_sense():
    with pytest.raises(ValueError, match="There is no critic of captions"):
        fit(tiny_captioner(), Descriptions(1), adversary=Adversary(TextCritic(3)))
    with pytest.raises(ValueError, match="own_words=0.5 is for networks that write captions"):
        fit(tiny_recognizer(), Spelling(), own_words=0.5)
