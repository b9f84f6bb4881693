"""A small network trained with several seeds; its training step is traced once, not for every seed."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
from parts import Part

from multimodal_zoo.registry import PRESENCE


@dataclasses.dataclass(frozen=True)
class Budget:
    """How long and how fast every network learns; the epoch of the smallest validation loss is kept."""

    epochs: int
    patience: int
    batch_size: int
    learning_rate: float


@dataclasses.dataclass(frozen=True)
class Learned:
    """How a training went: epochs run, the one that was kept, and the median processor time of a step in ms."""

    epochs: int
    best_epoch: int
    step_ms: float


def use_one_thread() -> None:
    """Let TensorFlow compute on one thread: networks this small gain nothing from more, and times are then steady.

    Has to be called before TensorFlow computes anything.
    """
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


class RepeatedTraining:
    """Trains what `build` makes, from scratch each time.

    Args:
        build: makes the network, initialised anew by Keras' global seed, from `modalities` to probabilities
            `(rows, ..., classes)`; where it has the input `presence`, all is there unless `predict` is told otherwise.
        modalities: which of `Part.inputs` it reads, in the order of `presence`.
        budget: of each training.
    """

    def __init__(self, build: Callable[[], keras.Model], modalities: Sequence[str], budget: Budget) -> None:
        self.build, self.modalities, self.budget = build, tuple(modalities), budget
        self.model = build()
        self.optimizer = keras.optimizers.Adam(budget.learning_rate)
        self.optimizer.build(self.model.trainable_variables)
        self.start_of_optimizer = [variable.numpy() for variable in self.optimizer.variables]
        self.first_values: dict[int, list[np.ndarray]] = {}

    @property
    def parameters(self) -> int:
        """Numbers that are learned."""
        return sum(int(np.prod(one.shape)) for one in self.model.trainable_variables)

    def restart(self, seed: int) -> None:
        """Give network and optimiser the values of a new network with this seed."""
        if seed not in self.first_values:
            keras.utils.set_random_seed(seed)
            self.first_values[seed] = [variable.numpy() for variable in self.build().variables]
        for variable, value in zip(self.model.variables, self.first_values[seed], strict=True):
            variable.assign(value)
        for variable, start in zip(self.optimizer.variables, self.start_of_optimizer, strict=True):
            variable.assign(start)

    def run(
        self,
        seed: int,
        train: Part,
        validation: Part | None,
        vary: Callable[[Part, np.random.Generator], Part] | None = None,
        epochs: int | None = None,
    ) -> Learned:
        """Train from scratch; the network then has the weights of the best epoch.

        Without validation it has the mean of its weights after each epoch of the second half (Izmailov et al. 2018,
        arXiv:1803.05407): with nothing to choose an epoch by, no single one decides.

        Args:
            seed: of the first weights, the order of the rows, dropout and `vary`.
            train, validation: rows to learn from, and those that choose the epoch.
            vary: changes the training rows anew for every epoch.
            epochs: another number than that of the budget.
        """
        self.restart(seed)
        random = np.random.default_rng(seed)
        # Rows that do not fill a batch wait for another epoch: another shape would be another trace.
        steps = max(1, len(train) // self.budget.batch_size)
        epochs = epochs or self.budget.epochs
        best, best_epoch, kept, passed, times = np.inf, 0, [], [], []
        to_learn = self.tensors(train)
        to_choose = None if validation is None else self.tensors(validation)
        for epoch in range(1, epochs + 1):
            rows = random.permutation(len(train))[: steps * self.budget.batch_size].reshape(steps, -1)
            if vary is not None:
                to_learn = self.tensors(vary(train, random))
            started = time.process_time()
            self.one_epoch(*to_learn, tf.constant(rows, tf.int32))
            times.append(1e3 * (time.process_time() - started) / steps)
            if to_choose is None:
                if 2 * epoch > epochs:
                    passed.append([one.numpy() for one in self.model.trainable_variables])
                continue
            loss = float(self.loss(*to_choose))
            if loss < best:
                best, best_epoch, kept = loss, epoch, [one.numpy() for one in self.model.trainable_variables]
            elif epoch - best_epoch >= self.budget.patience:
                break
        if to_choose is None:
            best_epoch, kept = epochs, [np.mean(values, axis=0) for values in zip(*passed, strict=True)]
        for variable, value in zip(self.model.trainable_variables, kept, strict=True):
            variable.assign(value)
        return Learned(epoch, best_epoch, float(np.median(times[1:] or times)))

    def predict(self, part: Part, without: str | None = None) -> np.ndarray:
        """Probabilities of all rows, `(rows, ..., classes)`, perhaps without one modality."""
        inputs, _, _ = self.tensors(part, without)
        return self.probabilities(inputs).numpy()

    def tensors(self, part: Part, without: str | None = None) -> tuple[dict[str, tf.Tensor], tf.Tensor, tf.Tensor]:
        """Inputs, labels and counts for the traced functions."""
        inputs = {name: part.inputs[name] for name in self.modalities}
        if PRESENCE in self.model.input:
            there = [name != without for name in self.modalities]
            inputs[PRESENCE] = np.tile(np.array(there, "float32"), (len(part), 1))
        return (
            {name: tf.constant(value, tf.float32) for name, value in inputs.items()},
            tf.constant(part.labels, tf.int32),
            tf.constant(part.counts, tf.float32),
        )

    @tf.function(reduce_retracing=True)
    def one_epoch(self, inputs: dict[str, tf.Tensor], labels: tf.Tensor, counts: tf.Tensor, rows: tf.Tensor) -> None:
        """One step for each row of `rows`, `(steps, batch)`."""
        for batch in rows:
            chosen = {name: tf.gather(value, batch) for name, value in inputs.items()}
            with tf.GradientTape() as tape:
                probabilities = self.model(chosen, training=True)
                loss = mean_loss(tf.gather(labels, batch), probabilities, tf.gather(counts, batch))
                # What layers of the network add themselves.
                loss += sum(self.model.losses)
            gradients = tape.gradient(loss, self.model.trainable_variables)
            learning = [(g, v) for g, v in zip(gradients, self.model.trainable_variables, strict=True) if g is not None]
            self.optimizer.apply_gradients(learning)

    @tf.function(reduce_retracing=True)
    def loss(self, inputs: dict[str, tf.Tensor], labels: tf.Tensor, counts: tf.Tensor) -> tf.Tensor:
        """Cross-entropy of a whole part."""
        return mean_loss(labels, self.model(inputs, training=False), counts)

    @tf.function(reduce_retracing=True)
    def probabilities(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        """What the network says of a whole part."""
        return self.model(inputs, training=False)


def mean_loss(labels: tf.Tensor, probabilities: tf.Tensor, counts: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy over what counts."""
    losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
    return tf.reduce_sum(losses * counts) / tf.reduce_sum(counts)
