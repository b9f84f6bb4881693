"""Training on the worst small changes of its own records: a network that an attack moves less."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training.attack_ball import Ball
from multimodal_zoo.training.strategies import scope_of
from multimodal_zoo.training.way_of_learning import WayOfLearning

ATTACKS = ("fgsm", "pgd")
# The loss of a record is its own, whatever else is in the batch.
ATTACKED_TASKS = ("classification", "multi_label", "ranking", "regression")


@dataclasses.dataclass(frozen=True)
class AdversarialExamples:
    """Which changes of the records a network learns to bear, and how much they count.

    Args:
        radius: modality of numbers -> the most that a number of its tensor changes, greater than 0, in its unit: of an
            image a share of white (8/255 is usual), of numbers, series and points standard deviations of the training
            split, of spectrograms standard deviations of the clip. All named modalities change together.
        attack: "fgsm", one step of the radius along the sign of the loss's gradient; or "pgd", several smaller ones
            from anywhere in the ball, each followed by the way back into it.
        steps: of "pgd", at least 1. Each takes about as long as a step of the training.
        step_size: of "pgd", as a share of the radius; None takes 2.5 / steps, which reaches the edge of the ball from
            anywhere.
        share: how much the changed records count, above 0 and up to 1: the loss is (1 - share) times that of the
            records plus share times that of the changed ones.

    Raises:
        ValueError: a number is out of its range, or the attack is not known.

    Example:
        >>> bundle = fit(model, data, adversarial=AdversarialExamples({"image": 8 / 255}))
    """

    radius: Mapping[str, float]
    attack: str = "pgd"
    steps: int = 7
    step_size: float | None = None
    share: float = 0.5

    def __post_init__(self) -> None:
        if self.attack not in ATTACKS:
            raise ValueError(f"attack is one of {', '.join(ATTACKS)}, got {self.attack!r}.")
        positive = [*self.radius.values(), self.share, 1.0 if self.step_size is None else self.step_size]
        if not self.radius or not min(positive) > 0 or self.share > 1 or self.steps < 1:
            raise ValueError(
                "AdversarialExamples: radius names a modality at least, each greater than 0, share is above 0 and up "
                f"to 1, steps 1 or more, step_size greater than 0; got radius={dict(self.radius)!r}, "
                f"share={self.share!r}, steps={self.steps!r}, step_size={self.step_size!r}."
            )

    def settings(self) -> dict[str, Any]:
        """JSON-ready: what tells one from another."""
        return {**vars(self), "radius": dict(self.radius)}


class PerturbedTraining(keras.Model):
    """Fits a network on each batch together with an attacked copy of it; weights and optimiser stay its own.

        (1 - share) * mean L(x) + share * mean L(x'),   x' = the attack's answer to the network of this step

    While it looks for x', the network runs as when it answers: without dropout, and normalised by its moving averages.
    In the step itself batch statistics are those of both halves. Validation is of the same mix, the attack starting at
    the records themselves; so what is kept is good at what was learned.

    Args:
        network: built and compiled, its loss a number for each record.
        examples: the attack.
        seed: of where "pgd" starts.

    Reference: Goodfellow et al. 2014, arXiv:1412.6572, section 6 (FGSM, share 0.5); Madry et al. 2017,
        arXiv:1706.06083, equation 2.1 (PGD, share 1).
    """

    def __init__(self, network: keras.Model, examples: AdversarialExamples, seed: int = 0) -> None:
        super().__init__(name=f"{network.name}_perturbed")
        self.network, self.examples = network, examples
        # Its state is among the variables, so that a training that goes on draws what it would have.
        self.starts = keras.random.SeedGenerator(seed)
        settings = network.get_compile_config() or {}
        metrics = keras.saving.deserialize_keras_object(settings.get("metrics"))
        self.compile(network.optimizer, network.loss, metrics=metrics, jit_compile=network.jit_compile)
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.network(inputs, training=training)

    def train_step(self, data: Any) -> dict[str, Any]:
        return super().train_step(self.mixed(data, from_random=self.examples.attack == "pgd"))

    def test_step(self, data: Any) -> dict[str, Any]:
        return super().test_step(self.mixed(data, from_random=False))

    def mixed(self, data: Any, from_random: bool) -> tuple[Any, Any, Any]:
        """A batch with its attacked copy behind it, each record with what it counts."""
        inputs, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
        changed = self.perturbed(inputs, labels, from_random)
        share = self.examples.share
        if share == 1:
            return {**inputs, **changed}, labels, weights
        if weights is None:
            weights = tf.ones(tf.shape(labels)[:1])
        both = {name: tf.concat([tensor, changed.get(name, tensor)], 0) for name, tensor in inputs.items()}
        # The loss divides by the number of both.
        counts = tf.concat([2 * (1 - share) * weights, 2 * share * weights], 0)
        return both, tf.concat([labels, labels], 0), counts

    def perturbed(self, inputs: Mapping[str, tf.Tensor], labels: tf.Tensor, from_random: bool) -> dict[str, tf.Tensor]:
        """The attacked modalities of a batch.

        Raises:
            ValueError: a modality has no way to the answer that can be differentiated.
        """
        examples, columns = self.examples, list(self.network.modalities)
        steps = 1 if examples.attack == "fgsm" else examples.steps
        share_of_radius = 2.5 / steps if examples.step_size is None else examples.step_size
        sizes = {
            name: radius * (1.0 if examples.attack == "fgsm" else share_of_radius)
            for name, radius in examples.radius.items()
        }
        balls, start = {}, {}
        for name, radius in examples.radius.items():
            centre = inputs[name]
            there = inputs[PRESENCE][:, columns.index(name)] if PRESENCE in inputs else tf.ones(tf.shape(centre)[:1])
            balls[name] = Ball(self.network.modalities[name], centre, there, radius)
            start[name] = centre
            if from_random:
                draws = keras.random.uniform(tf.shape(centre), -radius, radius, dtype=centre.dtype, seed=self.starts)
                start[name] = balls[name].nearest(centre + draws)

        def step(number: tf.Tensor, changed: dict[str, tf.Tensor]) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            slopes = self.slopes(inputs, labels, changed)
            moved = {
                name: balls[name].nearest(tensor + sizes[name] * tf.sign(slopes[name]))
                for name, tensor in changed.items()
            }
            return number + 1, moved

        if steps == 1:
            return step(tf.constant(0), start)[1]
        # A loop in the graph: written out, a step of the training would be traced so many times.
        return tf.while_loop(
            lambda number, changed: number < steps,
            step,
            (tf.constant(0), start),
            maximum_iterations=steps,
            parallel_iterations=1,
        )[1]

    def slopes(
        self, inputs: Mapping[str, tf.Tensor], labels: tf.Tensor, changed: dict[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
        """The gradient of the loss by the attacked modalities; its length says nothing, its signs do."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(changed)
            answers = self.network({**inputs, **changed}, training=False)
            loss = self.compute_loss(inputs, labels, answers, training=False)
            # In float16 the gradient of a mean would vanish.
            loss = self.optimizer.scale_loss(loss)
        slopes = tape.gradient(loss, changed)
        for name, slope in slopes.items():
            if slope is None:
                raise ValueError(
                    f"{name!r} has no way to the answer that can be differentiated: there is no slope to climb. Leave "
                    "it out of adversarial."
                )
        return slopes


class Perturbed(WayOfLearning):
    """Learns from the labels, of the records and of attacked copies of them.

    Args:
        model: network of the zoo for classification, multi_label, ranking or regression.
        examples: the attack.

    Raises:
        ValueError: the task is another, or a modality is none of the network's or has no small changes.
    """

    def __init__(self, model: keras.Model, examples: AdversarialExamples) -> None:
        if model.card.task not in ATTACKED_TASKS:
            raise ValueError(
                f"adversarial is for networks for {', '.join(ATTACKED_TASKS)}; {model.name} is one for "
                f"{model.card.task}."
            )
        for name in examples.radius:
            if name not in model.modalities:
                raise ValueError(f"adversarial names {name!r}; {model.name} reads {', '.join(model.modalities)}.")
            if model.modalities[name].dtype != "float32":
                raise ValueError(f"{name!r} holds ids, which have no small changes: leave it out of adversarial.")
        self.examples = examples

    def learner(self, model: keras.Model, seed: int) -> keras.Model:
        with scope_of(model):
            return PerturbedTraining(model, self.examples, seed)
