"""Adversarial training: the change in closed form, where it may go, what a step learns, and what it is good for."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.interrupted import interrupted
from training.numbers_model import differences, numbers, numbers_model, weights_of

from multimodal_zoo.datasets import Records
from multimodal_zoo.explain import pgd
from multimodal_zoo.modalities import Numeric
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import PRESENCE, ModelCard, attach
from multimodal_zoo.training import AdversarialExamples, evaluate, fit
from multimodal_zoo.training.adversarial_examples import PerturbedTraining
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.predict_split import predict_split
from tests.explain.tiny_bundles import picture_and_numbers

RANDOM = np.random.default_rng(0)
X, LABELS = RANDOM.normal(size=(9, 4)).astype("float32"), np.arange(9) % 2


def linear(size=4):
    """softmax(x W), whose loss rises in x_i by the sign of w_other - w_own, whatever the record."""
    modalities = {"x": Numeric(size)}
    inputs = model_inputs(**modalities)
    joint = keras.layers.Identity(name="joint")(inputs["x"])
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax", name="answer")(joint), name="linear")
    attach(model, modalities, ModelCard(task="classification", paper="none", name="linear"), {})
    return model


def trainer(examples, model=None, seed=0, rate=0.1):
    keras.utils.set_random_seed(1)
    model = model or linear()
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
    return PerturbedTraining(model, examples, seed)


def worst(kernel, x, radius):
    """The corner of the ball where the loss is greatest."""
    toward = np.sign(kernel[:, 1] - kernel[:, 0])
    return x + radius * np.where(LABELS, -1, 1)[:, None] * toward


@pytest.mark.parametrize(("attack", "from_random"), [("fgsm", False), ("pgd", False), ("pgd", True)])
def test_of_a_linear_network_the_change_is_known(attack, from_random):
    learner = trainer(AdversarialExamples({"x": 0.25}, attack))
    wanted = worst(learner.network.get_layer("answer").kernel.numpy(), X, 0.25)
    found = learner.perturbed({"x": tf.constant(X)}, tf.constant(LABELS), from_random)["x"]
    np.testing.assert_allclose(found.numpy(), wanted, atol=1e-6)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_step_goes_down_the_mixed_loss(share):
    learner = trainer(AdversarialExamples({"x": 0.25}, "fgsm", share=share))
    answer = learner.network.get_layer("answer")
    kernel, weights = answer.kernel.numpy(), np.linspace(0.5, 1.5, 9).astype("float32")

    def loss_and_slope(x):
        logits = x @ kernel
        p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        losses = -np.log(p[np.arange(9), LABELS])
        return (weights * losses).mean(), x.T @ (weights[:, None] * (p - np.eye(2)[LABELS])) / 9

    (own, slope), (attacked, attacked_slope) = loss_and_slope(X), loss_and_slope(worst(kernel, X, 0.25))
    logs = learner.train_step(({"x": tf.constant(X)}, tf.constant(LABELS), tf.constant(weights)))
    assert float(logs["loss"]) == pytest.approx((1 - share) * own + share * attacked, rel=1e-5)
    wanted = kernel - 0.1 * ((1 - share) * slope + share * attacked_slope)
    np.testing.assert_allclose(answer.kernel.numpy(), wanted, atol=1e-6)


def pictures(count=6):
    presence = np.ones((count, 2), "float32")
    presence[1, 0] = presence[2, 1] = 0
    return {
        "picture": tf.constant(RANDOM.uniform(size=(count, 6, 6, 1)), tf.float32),
        "numbers": tf.constant(RANDOM.normal(size=(count, 3)), tf.float32),
        PRESENCE: tf.constant(presence),
    }


def test_it_stays_in_the_ball_among_pictures_and_away_from_what_is_absent():
    examples = AdversarialExamples({"picture": 0.4, "numbers": 0.1}, steps=3)
    learner = trainer(examples, picture_and_numbers().model)
    inputs, labels = pictures(), tf.constant(np.arange(6) % 3)
    changed = {name: one.numpy() for name, one in learner.perturbed(inputs, labels, from_random=True).items()}
    for name, radius in examples.radius.items():
        moved = np.abs(changed[name] - inputs[name].numpy())
        assert moved.max() == pytest.approx(radius, abs=1e-6)
    assert changed["picture"].min() >= 0.0 and changed["picture"].max() <= 1.0
    np.testing.assert_array_equal(changed["picture"][1], inputs["picture"][1])
    np.testing.assert_array_equal(changed["numbers"][2], inputs["numbers"][2])
    (both, twice, counts) = learner.mixed((inputs, labels), from_random=True)
    np.testing.assert_array_equal(both[PRESENCE], np.tile(inputs[PRESENCE], (2, 1)))
    np.testing.assert_array_equal(both["picture"][:6], inputs["picture"])
    np.testing.assert_array_equal(twice, np.tile(labels, 2))
    np.testing.assert_array_equal(counts, np.ones(12))


def test_where_it_starts_is_drawn_anew_in_each_step_and_follows_from_the_seed():
    # So small a step that the answer lies where the attack started.
    examples = AdversarialExamples({"x": 0.5}, steps=1, step_size=1e-6)

    def draws(seed):
        learner = trainer(examples, seed=seed)
        return [
            learner.perturbed({"x": tf.constant(X)}, tf.constant(LABELS), from_random=True)["x"].numpy() - X
            for _ in range(2)
        ]

    (first, second), again, other = draws(0), draws(0), draws(1)
    np.testing.assert_array_equal([first, second], again)
    assert np.abs(first - second).max() > 0.1 and np.abs(first - other[0]).max() > 0.1
    assert np.abs(first).max() <= 0.5 + 1e-5 and np.abs(first).mean() == pytest.approx(0.25, abs=0.1)


def test_an_interrupted_training_draws_what_it_would_have(tmp_path):
    def train(out):
        keras.utils.set_random_seed(1)
        return fit(
            numbers_model(),
            (numbers(72, 0), numbers(32, 1)),
            out=out,
            epochs=3,
            patience=9,
            batch_size=16,
            learning_rate=0.05,
            class_weight="balanced",
            adversarial=AdversarialExamples({"x": 0.2, "z": 0.1}, steps=2),
            checkpoint_minutes=0.0,
            verbose=0,
        )

    # Behind the second step of the second epoch.
    resumed, steps = interrupted(train, tmp_path / "bundle", 6)
    whole = train(None)
    assert steps == 6 and whole.metrics["history"] == resumed.metrics["history"]
    assert not differences(weights_of(whole), weights_of(resumed))
    assert whole.metrics["adversarial"]["radius"] == {"x": 0.2, "z": 0.1}


def few_sure_many_faint(count, seed, faint=100):
    """One number that is right nine times out of ten, and many that each say a little, within what an attack moves."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count)
    sides = 2.0 * labels[:, None] - 1
    sure = sides * np.where(random.random((count, 1)) < 0.9, 1, -1)
    return Records({"x": np.hstack([sure, 0.3 * sides + random.normal(size=(count, faint))]).astype("float32")}, labels)


def test_it_bears_the_attack_that_the_plain_network_does_not():
    """Theorem 2.1 of Tsipras et al. 2019, arXiv:1805.12152: here accuracy lies in what an attack can turn round."""
    splits, test, radius = [few_sure_many_faint(600, 0), few_sure_many_faint(200, 1)], few_sure_many_faint(400, 2), 0.6

    def trained(adversarial):
        keras.utils.set_random_seed(0)
        settings = {"epochs": 25, "batch_size": 50, "learning_rate": 0.02, "keep": "last", "verbose": 0}
        return fit(linear(101), splits, adversarial=adversarial, **settings)

    accuracy = {}
    plain, robust = trained(None), trained(AdversarialExamples({"x": radius}, "fgsm", share=1.0))
    for name, bundle in (("plain", plain), ("robust", robust)):
        prepared = prepare(test, bundle.modalities)
        attacked = predict_split(bundle.model, pgd(bundle, prepared, "x", radius, steps=3))
        accuracy[name] = evaluate(bundle, test)["accuracy"], (attacked.argmax(1) == test.labels).mean()
    assert accuracy["plain"][0] > 0.95 and accuracy["plain"][1] < 0.2
    assert accuracy["robust"][0] > 0.8 and accuracy["robust"][1] > 0.7


def test_what_it_refuses():
    with pytest.raises(ValueError, match="one of fgsm, pgd, got 'cw'"):
        AdversarialExamples({"x": 0.1}, "cw")
    with pytest.raises(ValueError, match="radius={'x': 0.0}"):
        AdversarialExamples({"x": 0.0})
    with pytest.raises(ValueError, match="radius={}"):
        AdversarialExamples({})
    with pytest.raises(ValueError, match="share=1.5"):
        AdversarialExamples({"x": 0.1}, share=1.5)
    data = (numbers(16, 0), numbers(16, 1))
    with pytest.raises(ValueError, match="adversarial names 'y'; numbers reads x, z"):
        fit(numbers_model(), data, adversarial=AdversarialExamples({"y": 0.1}))
    with pytest.raises(ValueError, match="adversarial does not go together with blend"):
        fit(numbers_model(), data, adversarial=AdversarialExamples({"x": 0.1}), blend={"x": 1, "z": 1, "joint": 1})
    model = numbers_model()
    model.card = ModelCard(task="retrieval", paper="none", name="numbers")
    with pytest.raises(ValueError, match="numbers is one for retrieval"):
        fit(model, data, adversarial=AdversarialExamples({"x": 0.1}))
    rounded = keras.Model(inputs := model_inputs(x=Numeric(4)), keras.ops.round(inputs["x"]))
    rounded.modalities = {"x": Numeric(4)}
    blind = trainer(AdversarialExamples({"x": 0.1}), rounded)
    with pytest.raises(ValueError, match="'x' has no way to the answer"):
        blind.perturbed({"x": tf.constant(X)}, tf.constant(LABELS), from_random=False)
