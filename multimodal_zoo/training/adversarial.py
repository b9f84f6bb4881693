"""Training in turns: a critic learns to tell answers from the real thing, the network learns to please it."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import tensorflow as tf

from multimodal_zoo.training.way_of_learning import WayOfLearning


@dataclasses.dataclass(frozen=True)
class Adversary:
    """A critic, and how much the network cares for it.

    Args:
        critic: a `keras.Layer` from samples to scores `(batch, 1)`, with two methods: `of_answers(answers)` makes
            samples of what the network answers, `of_labels(labels)` real ones of the labels; such as
            `objectives.TextCritic`.
        weight: of what the critic says, beside the network's own loss; 0 changes nothing of the network's training.
        steps: of the critic for each step of the network, at least 1.
        penalty: strength of the gradient penalty that keeps the critic smooth.
        learning_rate: of the critic's Adam.

    Raises:
        ValueError: a number is out of its range.

    Example:
        >>> bundle = fit(model, data, adversary=Adversary(TextCritic(28), weight=0.1))
    """

    critic: keras.Layer
    weight: float = 0.1
    steps: int = 1
    penalty: float = 10.0
    learning_rate: float = 1e-4

    def __post_init__(self) -> None:
        if self.weight < 0 or self.steps < 1 or self.penalty < 0 or self.learning_rate <= 0:
            raise ValueError(
                "Adversary: weight and penalty are 0 or more, steps 1 or more, learning_rate greater than 0; got "
                f"weight={self.weight!r}, penalty={self.penalty!r}, steps={self.steps!r}, "
                f"learning_rate={self.learning_rate!r}."
            )

    def settings(self) -> dict[str, Any]:
        """JSON-ready: what tells one adversary from another."""
        numbers = {name: value for name, value in vars(self).items() if name != "critic"}
        # The name counts the critics that this process made before.
        own = {name: value for name, value in self.critic.get_config().items() if name != "name"}
        return {**numbers, "critic": repr(own)}


class AdversarialTraining(keras.Model):
    """Fits a network against a critic; the network's loss, weights and validation stay its own.

    In each step the critic D first learns to score real samples y above the samples x of the network's answers, then
    the network learns with its own loss L to raise the score of its answers:

        critic:   mean D(x) - mean D(y) + penalty * mean (||dD/dz|| - 1)^2,   z drawn evenly between x and y
        network:  L - weight * mean D(x)

    Args:
        network: built and compiled; its optimiser goes on being its own.
        adversary: the critic.
        seed: of the draws between real samples and answers.

    Raises:
        ValueError: the network is spread over several replicas, or its loss is scaled.

    Reference: Gulrajani et al. 2017, arXiv:1704.00028, equation 3 and algorithm 1; for answers that are characters,
        there without labels: Baevski et al. 2021, arXiv:2105.11084.
    """

    def __init__(self, network: keras.Model, adversary: Adversary, seed: int = 0) -> None:
        super().__init__(name=f"{network.name}_against_critic")
        strategy = getattr(network, "distribute_strategy", None)
        if strategy is not None and strategy.num_replicas_in_sync > 1:
            raise ValueError("A critic is trained on one device; use the strategy 'cpu', or one GPU.")
        if isinstance(network.optimizer, keras.optimizers.LossScaleOptimizer):
            raise ValueError(
                "There is no critic in mixed_float16, whose loss is scaled; use mixed_bfloat16 or float32."
            )
        self.network, self.critic, self.adversary = network, adversary.critic, adversary
        self.seed = seed
        samples = keras.ops.shape(self.critic.of_answers(keras.ops.zeros((1, *network.output.shape[1:]))))
        self.critic.build(tuple(samples))
        self.critic_optimizer = keras.optimizers.Adam(adversary.learning_rate, beta_1=0.5, beta_2=0.9)
        self.critic_optimizer.build(self.critic.trainable_variables)
        self.critic_loss = keras.metrics.Mean(name="critic_loss")
        self.critic_gap = keras.metrics.Mean(name="critic_gap")
        self.compile(network.optimizer, network.loss, jit_compile=network.jit_compile)
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.network(inputs, training=training)

    def train_step(self, data: Any) -> dict[str, Any]:
        inputs, labels, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        real = self.critic.of_labels(labels)
        with tf.GradientTape() as tape:
            answers = self.network(inputs, training=True)
            samples = self.critic.of_answers(answers)
            with tape.stop_recording():
                for _ in range(self.adversary.steps):
                    self.critic_step(real, samples)
            own = self.compute_loss(inputs, labels, answers, sample_weight, training=True)
            loss = own - self.adversary.weight * tf.reduce_mean(self.critic(samples))
        variables = self.network.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        self._loss_tracker.update_state(own, sample_weight=tf.shape(answers)[0])
        return self.compute_metrics(inputs, labels, answers, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        # There is no step of the critic to report.
        return {"loss": super().test_step(data)["loss"]}

    def critic_step(self, real: tf.Tensor, samples: tf.Tensor) -> None:
        """One step of the critic."""
        with tf.GradientTape() as tape:
            gap = tf.reduce_mean(self.critic(real)) - tf.reduce_mean(self.critic(samples))
            loss = self.adversary.penalty * self.gradient_penalty(real, samples) - gap
        variables = self.critic.trainable_variables
        self.critic_optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        self.critic_loss.update_state(loss)
        self.critic_gap.update_state(gap)

    def gradient_penalty(self, real: tf.Tensor, samples: tf.Tensor) -> tf.Tensor:
        """How far the steepness of the critic is from 1, between real samples and answers."""
        # Drawn by the number of the step, which a checkpoint holds: a training that goes on draws what it would have.
        draw = tf.stack([tf.constant(self.seed, tf.int64), tf.cast(self.critic_optimizer.iterations, tf.int64)])
        share = tf.random.stateless_uniform((tf.shape(real)[0], *[1] * (len(real.shape) - 1)), draw)
        between = real + share * (samples - real)
        with tf.GradientTape() as tape:
            tape.watch(between)
            scores = self.critic(between)
        steepness = tf.sqrt(tf.reduce_sum(tf.square(tape.gradient(scores, between)), axis=range_behind(real)) + 1e-12)
        return tf.reduce_mean(tf.square(steepness - 1.0))


def range_behind(tensor: tf.Tensor) -> list[int]:
    """The axes of a tensor behind the first."""
    return list(range(1, len(tensor.shape)))


class AgainstCritic(WayOfLearning):
    """Learns from the labels and to please a critic.

    Args:
        adversary: the critic and how much it counts.
    """

    def __init__(self, adversary: Adversary) -> None:
        self.adversary = adversary

    def learner(self, model: keras.Model, seed: int) -> keras.Model:
        return AdversarialTraining(model, self.adversary, seed)
