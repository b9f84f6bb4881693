"""Training against a critic: weight 0 is no critic, and critic and network each move their loss as they should."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.interrupted import interrupted
from training.numbers_model import differences, weights_of
from training.spelling import NAMES, Spelling, tiny_recognizer

from multimodal_zoo.datasets import Records
from multimodal_zoo.heads import regression_head
from multimodal_zoo.modalities import Numeric
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.objectives import CtcLoss, TextCritic
from multimodal_zoo.registry import ModelCard, attach
from multimodal_zoo.training import Adversary, fit
from multimodal_zoo.training.adversarial import AdversarialTraining


class Line(keras.Layer):
    """The critic <w, x>: its steepness is |w| everywhere."""

    def build(self, shape):
        self.slope = self.add_weight(shape=(shape[-1], 1), name="slope")

    def call(self, samples):
        return samples @ self.slope

    def of_answers(self, answers):
        return answers

    def of_labels(self, labels):
        return tf.cast(labels, tf.float32)


def vectors(weight=1.0, **settings):
    """A network of two numbers, compiled, against a line."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,))
    network = keras.Model(inputs, keras.layers.Dense(2, name="answer")(inputs))
    network.compile(keras.optimizers.SGD(0.1), "mean_squared_error")
    return AdversarialTraining(network, Adversary(Line(), weight=weight, **settings))


X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = np.random.default_rng(1).normal(2.0, size=(8, 2)).astype("float32")


def test_losses_by_hand():
    trainer = vectors(weight=0.5, penalty=7.0, learning_rate=1e-9)
    slope = trainer.critic.slope.numpy()
    kernel = trainer.network.get_layer("answer").kernel.numpy()
    logs = trainer.train_step((tf.constant(X), tf.constant(Y)))
    answers = X @ kernel
    gap = (Y @ slope).mean() - (answers @ slope).mean()
    assert float(logs["critic_gap"]) == pytest.approx(gap, rel=1e-4)
    penalty = 7.0 * (np.linalg.norm(slope) - 1) ** 2
    assert float(logs["critic_loss"]) == pytest.approx(penalty - gap, rel=1e-4)
    assert float(logs["loss"]) == pytest.approx(np.mean((answers - Y) ** 2), rel=1e-4)
    # The step of the network: down the gradient of mean (a - y)^2 - 0.5 mean <w, a>.
    gradient = X.T @ (2 * (answers - Y) / Y.size - 0.5 * np.repeat(slope.T, 8, axis=0) / 8)
    np.testing.assert_allclose(
        trainer.network.get_layer("answer").kernel.numpy(), kernel - 0.1 * gradient, rtol=1e-3, atol=1e-5
    )


def test_the_critic_learns_the_gap_and_the_network_closes_it():
    trainer = vectors(weight=0.1, learning_rate=0.05)
    data = (tf.constant(X), tf.constant(Y))
    real, answers = trainer.critic.of_labels(Y), trainer.network(X)
    critic_step, train_step = tf.function(trainer.critic_step), tf.function(trainer.train_step)

    def gap():
        return float(tf.reduce_mean(trainer.critic(real)) - tf.reduce_mean(trainer.critic(trainer.network(X))))

    for _ in range(120):
        critic_step(real, answers)
    # Along the line between the two means, as steep as makes s * distance - 10 (s - 1)^2 largest.
    distance = np.linalg.norm(Y.mean(0) - answers.numpy().mean(0))
    assert gap() == pytest.approx(distance * (1 + distance / 20), rel=0.05)
    before = gap()
    for _ in range(60):
        train_step(data)
    assert abs(gap()) < 0.3 * before


NUMBERS = {"x": Numeric(3)}


def split(count, seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, 3)).astype("float32")
    return Records({"x": x}, (x[:, :2] + random.normal(size=(count, 2))).astype("float32"))


def weights_after(adversary, **settings):
    """The weights of a small regression after three epochs."""
    return trained(adversary, **settings).model.get_weights()


def trained(adversary, dropout=0.0, **settings):
    """A small regression after three epochs of four steps."""
    keras.utils.set_random_seed(3)
    inputs = model_inputs(**NUMBERS)
    hidden = keras.layers.Dense(4, activation="tanh", name="joint")(inputs["x"])
    model = keras.Model(inputs, regression_head(2, dropout)(hidden), name="numbers")
    attach(model, NUMBERS, ModelCard(task="regression", paper="none", name="numbers"), {})
    settings = {"epochs": 3, "batch_size": 8, "patience": 9, "adversary": adversary, "verbose": 0, **settings}
    return fit(model, (split(32, 0), split(16, 1)), **settings)


def test_weight_zero_is_training_without_a_critic():
    plain = weights_after(None, dropout=0.3)
    for found, expected in zip(weights_after(Adversary(Line(), weight=0.0), dropout=0.3), plain, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    moved = weights_after(Adversary(Line(), weight=5.0), dropout=0.3)
    assert max(np.abs(one - other).max() for one, other in zip(plain, moved, strict=True)) > 1e-3


def test_an_interrupted_training_goes_on_with_its_critic(tmp_path):
    def train(out):
        # A critic that moves fast: a new one would move the network elsewhere.
        adversary = Adversary(Line(), weight=1.0, learning_rate=0.05)
        return trained(adversary, dropout=0.3, out=out, checkpoint_minutes=0.0)

    # Behind the second step of the second epoch.
    resumed, steps = interrupted(train, tmp_path / "bundle", 6)
    whole = train(None)
    assert steps == 6 and whole.metrics["history"] == resumed.metrics["history"]
    assert not differences(weights_of(whole), weights_of(resumed))


def test_it_learns_to_spell_and_tells_of_its_critic():
    keras.utils.set_random_seed(0)
    model = tiny_recognizer()
    bundle = fit(
        model,
        Spelling(160, 40),
        epochs=25,
        batch_size=16,
        learning_rate=0.01,
        patience=25,
        adversary=Adversary(TextCritic(len(NAMES), places=8, filters=(16,)), weight=0.05),
        verbose=0,
    )
    assert bundle.metrics["validation"]["cer"] < 0.1 and bundle.metrics["beats_constant"] is True
    assert isinstance(model.loss, CtcLoss)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="got weight=-1, penalty=10.0, steps=0"):
        Adversary(TextCritic(4), weight=-1, steps=0)
