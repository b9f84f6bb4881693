import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, log_softmax, logit, softmax

from multimodal_zoo.training import DistillationLoss


def kl(teacher, student):
    return (np.exp(teacher) * (teacher - student)).sum(-1)


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_classification_is_the_formula_on_logits(temperature, alpha):
    """The oracle works on the logits, the loss on their softmax: the constant between log(p) and logits drops out."""
    random = np.random.default_rng(0)
    z, v = random.normal(0, 2, (7, 4)), random.normal(0, 2, (7, 4))
    labels = random.integers(0, 4, 7)
    soft = temperature**2 * kl(log_softmax(v / temperature, -1), log_softmax(z / temperature, -1))
    hard = -log_softmax(z, -1)[np.arange(7), labels]
    expected = (alpha * soft + (1 - alpha) * hard).mean()
    y_true = np.concatenate([labels[:, None], softmax(v, -1)], 1).astype("float32")
    got = DistillationLoss("classification", 4, temperature, alpha)(y_true, softmax(z, -1).astype("float32"))
    assert float(got) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("task", "outputs"), [("ranking", 1), ("multi_label", 3)])
def test_sigmoids_are_two_classes_each(task, outputs):
    random = np.random.default_rng(1)
    z, v = random.normal(0, 2, (6, outputs)), random.normal(0, 2, (6, outputs))
    labels = random.integers(0, 2, (6, outputs))

    def both(logits):
        return np.log(np.stack([expit(logits / 3), expit(-logits / 3)], -1))

    soft = 9 * kl(both(v), both(z)).mean(-1)
    hard = -(labels * np.log(expit(z)) + (1 - labels) * np.log(expit(-z))).mean(-1)
    y_true = np.concatenate([labels, expit(v)], 1).astype("float32")
    got = DistillationLoss(task, outputs, temperature=3.0, alpha=0.25)(y_true, expit(z).astype("float32"))
    assert float(got) == pytest.approx((0.25 * soft + 0.75 * hard).mean(), rel=1e-4)


def test_regression_is_two_squared_errors():
    y_true = np.array([[1.0, 3.0], [0.0, -1.0]], "float32")
    got = DistillationLoss("regression", 1, alpha=0.25)(y_true, np.array([[2.0], [1.0]], "float32"))
    assert float(got) == pytest.approx(np.mean([0.25 * 1 + 0.75 * 1, 0.25 * 4 + 0.75 * 1]))


def test_one_who_answers_as_the_teacher_has_nothing_to_learn_from_it():
    answers = softmax(np.random.default_rng(2).normal(0, 3, (5, 3)), -1).astype("float32")
    y_true = np.concatenate([np.zeros((5, 1), "float32"), answers], 1)
    assert float(DistillationLoss("classification", 3, 4.0, alpha=1.0)(y_true, answers)) == pytest.approx(0, abs=1e-6)


def test_the_gradient_is_that_of_the_paper():
    """Hinton et al. 2015, equation 2, times T^2: by the logits, T (softmax(z / T) - softmax(v / T))."""
    random = np.random.default_rng(3)
    z, v = random.normal(size=(1, 5)).astype("float32"), random.normal(size=(1, 5)).astype("float32")
    y_true = np.concatenate([[[0.0]], softmax(v, -1)], 1).astype("float32")
    loss = DistillationLoss("classification", 5, temperature=3.0, alpha=1.0)
    logits = tf.Variable(z)
    with tf.GradientTape() as tape:
        value = loss(y_true, tf.nn.softmax(logits))
    expected = 3 * (softmax(z / 3, -1) - softmax(v / 3, -1))
    np.testing.assert_allclose(tape.gradient(value, logits).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("task", ["classification", "ranking"])
def test_answers_of_nought_and_one_stay_finite(task):
    y_true = np.array([[0.0, 1.0, 0.0]] if task == "classification" else [[0.0, 1.0]], "float32")
    y_pred = np.array([[0.0, 1.0]] if task == "classification" else [[0.0]], "float32")
    assert np.isfinite(float(DistillationLoss(task, y_pred.shape[1])(y_true, y_pred)))


def test_it_is_stored_with_its_settings():
    loss = DistillationLoss("ranking", 1, temperature=4.0, alpha=0.7)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    y_true, y_pred = np.array([[1.0, 0.3]], "float32"), np.array([[expit(logit(0.6))]], "float32")
    assert isinstance(again, DistillationLoss)
    assert float(again(y_true, y_pred)) == float(loss(y_true, y_pred))


@pytest.mark.parametrize(("settings", "message"), [({"temperature": 0}, "temperature"), ({"alpha": 1.5}, "alpha")])
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        DistillationLoss("classification", 2, **settings)
