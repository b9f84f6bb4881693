"""The solved linear path is scikit-learn's TF-IDF and logistic regression."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

import multimodal_zoo as mz
from multimodal_zoo.encoders import BagOfWordsHighway
from multimodal_zoo.modalities import Text
from multimodal_zoo.training import fit, solve_highway
from multimodal_zoo.training.pipeline import Prepared
from tests.training.diagnosis import records

WORDS, LENGTH = 12, 9
RNG = np.random.default_rng(3)
# The last text has an unknown word alone, and no say.
IDS = np.concatenate([RNG.integers(0, WORDS, (60, LENGTH)), [[1] + [0] * (LENGTH - 1)]]).astype("int32")


def network(classes, **arguments):
    sizes = {"embedding_dim": 4, "units": 4, "joint_dim": 4, "num_classes": classes}
    return mz.create_model("lstnet_diagnosis", image=None, report=Text(WORDS, LENGTH), **{**sizes, **arguments})


def prepared(labels):
    return Prepared({"report": tf.constant(IDS)}, tf.ones([len(IDS), 1]), tf.constant(labels), {})


def linear_logits(model):
    path = next(layer for layer in model.layers if isinstance(layer, BagOfWordsHighway))
    return keras.Model(model.input, path.output).predict({"report": IDS}, verbose=0)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("class_weight", [None, {0: 1.0, 1: 3.0, 2: 0.5}])
def test_it_is_the_solution_of_scikit_learn(classes, class_weight):
    labels = np.append((IDS[:-1] == 4).sum(1).clip(max=classes - 1), 0)
    weights = class_weight and {key: class_weight[key] for key in range(classes)}
    model = network(classes)
    solve_highway(model, prepared(labels), strength=0.2, class_weight=weights)
    vectorizer = TfidfVectorizer(binary=True, vocabulary=[str(n) for n in range(2, WORDS)], token_pattern=r"\d+")
    features = vectorizer.fit_transform(" ".join(map(str, text)) for text in IDS[:-1])
    solution = LogisticRegression(C=5.0, class_weight=weights, max_iter=1000).fit(features, labels[:-1])
    wanted = (features @ solution.coef_.T).reshape(len(features.toarray()), -1)
    got = linear_logits(model)[:-1]
    got = got[:, 1:] - got[:, :1] if classes == 2 else got
    np.testing.assert_allclose(got, wanted, atol=2e-3)
    assert np.ptp(got) > 1.0


def test_what_cannot_be_solved_is_refused():
    labels = np.arange(len(IDS)) % 2
    with pytest.raises(ValueError, match="no linear path of words to solve: build it with highway=True"):
        solve_highway(network(2, highway=False), prepared(labels))
    with pytest.raises(ValueError, match=r"strength must be greater than 0; received strength=0"):
        solve_highway(network(2), prepared(labels), strength=0)
    with pytest.raises(ValueError, match="of 1 of 2 classes: nothing to solve"):
        solve_highway(network(2), prepared(np.zeros(len(IDS), "int64")))


def test_fit_starts_from_it():
    model = mz.create_model("lstnet_diagnosis", image=None, report=Text(50, 12), embedding_dim=4, units=4, joint_dim=4)
    bundle = fit(model, (records(40, 0), records(20, 1)), epochs=1, learning_rate=1e-6, linear_start=0.1, verbose=0)
    path = next(layer for layer in model.layers if isinstance(layer, BagOfWordsHighway))
    assert float(np.abs(path.word_weights).max()) > 0.01
    assert bundle.metrics["validation"]["auc"] > 0.9
