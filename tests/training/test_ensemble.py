"""Ensembles of untrained members: what counts is that they are joined and weighed as they should be."""

import dataclasses
import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from training.diagnosis import records

from multimodal_zoo.export import export_bundle
from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.models import late_ensemble, machine_health
from multimodal_zoo.training import Bundle, ensemble_of, load_bundle, predict_record, predictions_on
from multimodal_zoo.training.ensemble import mixture_weights
from multimodal_zoo.training.splits import adapt

CLASSES = ("sick", "well")
TRAIN, VALIDATION = records(32, 0), records(48, 1)


@dataclasses.dataclass(frozen=True)
class Split:
    """`tf.data` records as `predictions_on` takes them."""

    data: object

    def dataset(self):
        return self.data


def member(image, report, seed, missing=False):
    keras.utils.set_random_seed(seed)
    model = late_ensemble(image, report, filters=(4,), embedding_dim=4, missing_modalities=missing)
    return Bundle(model, adapt(model.modalities, TRAIN), CLASSES, model.card, {"seed": seed, "epochs": 0})


@pytest.fixture(scope="module")
def members():
    image, report = Image(8, 8, 1), Text(20, 8)
    return {
        "image": member(image, None, 0),
        "report": member(None, report, 1),
        "both": member(image, report, 2, missing=True),
    }


@pytest.fixture(scope="module")
def joined(members):
    """The ensemble by its way, each made once."""
    return functools.cache(lambda how: ensemble_of(members, (TRAIN, VALIDATION), how=how, strength=0.5))


@pytest.fixture(scope="module")
def answers_and_labels(members):
    """What each says of the validation split by itself: (records, members, classes), and the labels."""
    answers = np.stack([told(one) for one in members.values()], axis=1).astype("float64")
    return answers, predictions_on(members["image"], Split(VALIDATION))[0]


def told(bundle):
    """Its answers to the validation split."""
    return predictions_on(bundle, Split(VALIDATION))[1]


def test_the_average_of_members_that_may_read_the_same(joined, answers_and_labels):
    average = joined("average")
    np.testing.assert_allclose(told(average), answers_and_labels[0].mean(axis=1), rtol=1e-4)
    assert list(average.modalities) == ["image", "report"] and average.class_names == CLASSES
    assert average.card.name == "late_ensemble" and average.metrics["seed"] == [0, 1, 2]


def test_a_record_without_an_image_is_answered_by_those_that_can(members, joined):
    record = {"report": "fever and clear lungs"}
    said = [predict_record(members[name], record)["probabilities"]["sick"] for name in ("report", "both")]
    assert predict_record(joined("average"), record)["probabilities"]["sick"] == pytest.approx(np.mean(said), rel=1e-4)


def test_the_vote_is_the_share_of_first_choices(joined, answers_and_labels):
    choices = np.eye(2)[answers_and_labels[0].argmax(axis=2)]
    np.testing.assert_allclose(told(joined("vote")), choices.mean(axis=1), rtol=1e-6, atol=1e-7)


def test_stacking_is_scikit_learns_regression_on_the_members_logarithms(joined, answers_and_labels):
    answers, labels = answers_and_labels
    logarithms = np.log(answers) - np.log(answers).mean(axis=2, keepdims=True)
    solved = LogisticRegression(C=2.0, max_iter=1000).fit(logarithms.reshape(len(labels), -1), labels)
    wanted = solved.predict_proba(logarithms.reshape(len(labels), -1))
    np.testing.assert_allclose(told(joined("stacking")), wanted, rtol=0.01, atol=1e-3)


def test_weights_are_those_of_highest_likelihood(joined, answers_and_labels):
    answers, labels = answers_and_labels
    right = answers[np.arange(len(labels)), :, labels]
    best = np.log(told(joined("weighted"))[np.arange(len(labels)), labels]).mean()
    # No other weights, on a grid over all of them, are better.
    grid = [(a, b, 1 - a - b) for a in np.linspace(0, 1, 21) for b in np.linspace(0, 1 - a, 21)]
    assert best >= max(np.log(right @ np.array(weights)).mean() for weights in grid) - 1e-4


def test_mixture_weights_in_closed_form():
    """Members that are certain of different records weigh as many as they are right about."""
    there = np.ones((8, 2), bool)
    there[-1, 0] = False
    likelihoods = np.eye(2)[[0, 0, 0, 0, 0, 1, 1, 1]]
    np.testing.assert_allclose(mixture_weights(likelihoods, there, ("a", "b")), [5 / 7, 2 / 7], rtol=1e-6)
    with pytest.raises(ValueError, match=r"all of \['a', 'b'\] answer, and validation has none"):
        mixture_weights(likelihoods, np.zeros((8, 2), bool), ("a", "b"))


def test_it_is_a_bundle_as_any_other(joined, tmp_path):
    stacked = joined("stacking")
    again = load_bundle(stacked.save(tmp_path / "bundle"))
    record = {"report": "fever and opacity left"}
    assert predict_record(again, record) == predict_record(stacked, record)
    folder = export_bundle(again, tmp_path / "saved" / "1")
    served = tf.saved_model.load(str(folder))
    answer = served.signatures["serving_default"](
        image_bytes=tf.constant([b""]), report=tf.constant([record["report"]])
    )
    wanted = list(predict_record(stacked, record)["probabilities"].values())
    np.testing.assert_allclose(answer["probabilities"].numpy()[0], wanted, rtol=1e-5)


def test_members_that_do_not_go_together_are_refused(members):
    data = (TRAIN, VALIDATION)
    with pytest.raises(ValueError, match="two members or more"):
        ensemble_of({"image": members["image"]}, data)
    other = dataclasses.replace(members["report"], class_names=("well", "sick"))
    with pytest.raises(ValueError, match=r"'report' has \['well', 'sick'\]"):
        ensemble_of({"image": members["image"], "report": other}, data)
    with pytest.raises(ValueError, match="Two members read 'image' differently"):
        ensemble_of({"image": members["image"], "larger": member(Image(12, 12, 1), None, 3)}, data)
    model = machine_health()
    machine = Bundle(model, dict(model.modalities), (), model.card, {})
    with pytest.raises(ValueError, match="'machine' is for regression"):
        ensemble_of({"image": members["image"], "machine": machine}, data)
