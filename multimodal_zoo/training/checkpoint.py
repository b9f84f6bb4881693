"""All that a training needs to go on from where it was, on disk and whole at any moment."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.training.keep_best import KeepBest
from multimodal_zoo.training.keep_mean import KeepMean
from multimodal_zoo.training.state_file import TornState, read_state, write_state
from multimodal_zoo.training.storage import clear_write_errors

# The last, and the one before, to go back to where a disk has spoilt the last.
KEPT = 2


class Checkpoint(keras.callbacks.Callback):
    """Remember how far a training has come, after each epoch and within one after so many minutes.

    One file holds one moment: the weights, the state of every optimiser and random generator, the averages of the epoch
    under way, what the keeper remembers, and the values of the epochs before. A new one gets its name when it is whole,
    and the one before it stays until the next.

    Args:
        folder: where the files go; None writes none and remembers the values of the epochs alone.
        learner: what is fitted, built, with its optimisers.
        network: the network of the zoo within it; parts of it that do not learn come back, too.
        keeper: what chooses the weights in the end; stands before this one among the callbacks.
        steps: of an epoch.
        minutes: after which a checkpoint is written within an epoch, too.
        started: when the work of this process began, by `time.monotonic`; None is now.

    Example:
        >>> checkpoint = Checkpoint(Path("runs/checkpoint"), model, model, KeepMean(after=3), steps=50)
        >>> checkpoint.restore()
        >>> model.fit(batches, initial_epoch=checkpoint.epoch, callbacks=[checkpoint.keeper, checkpoint])
    """

    def __init__(
        self,
        folder: Path | None,
        learner: keras.Model,
        network: keras.Model,
        keeper: KeepBest | KeepMean,
        steps: int,
        minutes: float = 15.0,
        started: float | None = None,
    ) -> None:
        super().__init__()
        self.folder, self.learner, self.network = folder, learner, network
        self.keeper, self.steps, self.minutes = keeper, steps, minutes
        # The epoch under way or the next, and how many steps of it are done.
        self.epoch = self.step = 0
        # Steps of the epoch under way that were done before this process.
        self.step_before = 0
        self.history: dict[str, list[float]] = {}
        self.seconds_before = 0.0
        # How long writing took in this process.
        self.writing_seconds = 0.0
        # The state of the averages of the epoch under way.
        self.averages: list[np.ndarray] = []
        self.written = time.monotonic()
        self.started = self.written if started is None else started

    @property
    def seconds(self) -> float:
        """How long the training has taken, in all the processes it ran in."""
        return self.seconds_before + time.monotonic() - self.started

    @property
    def has_ended(self) -> bool:
        """Whether the keeper had enough after the last epoch."""
        return self.step == 0 and self.keeper.has_enough(self.epoch - 1)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epoch, self.step_before = epoch, self.step

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.step = self.step_before + batch + 1
        is_due = time.monotonic() - self.written >= 60 * self.minutes
        # Behind the last step of an epoch comes its end: Keras cannot go on with an epoch that has no step left.
        if self.folder is not None and is_due and self.step < self.steps:
            self.write()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        self.epoch, self.step = epoch + 1, 0
        self.write()

    def write(self) -> None:
        """Write the state of now, and remove what is older than the one before; without a folder nothing.

        Raises:
            StorageError: the disk does not take it.
        """
        if self.folder is None:
            return
        began = time.monotonic()
        remembered, kept = self.keeper.state()
        variables = [one.numpy() for one in state_parts(self.learner, self.network)]
        averages = [one.numpy() for one in average_parts(self.learner)] if self.step else []
        document = {
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
            "seconds": self.seconds,
            "keeper": remembered,
            "variables": len(variables),
            "averages": len(averages),
        }
        with clear_write_errors(self.folder, "The checkpoint before is whole: the same call goes on from there."):
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{self.epoch:06d}-{self.step:09d}.state"
            write_state(path, document, [*variables, *averages, *kept])
            for old in set(self.folder.iterdir()) - set(self.files()[-KEPT:]):
                old.unlink()
        self.written = time.monotonic()
        self.writing_seconds += self.written - began

    def files(self, folder: Path | None = None) -> list[Path]:
        """The checkpoints in the order of the training, of a folder or its own."""
        folder = folder or self.folder
        return sorted(folder.glob("*.state")) if folder is not None else []

    def restore(self, folder: Path | None = None) -> None:
        """Take back the newest state that is whole; none changes nothing.

        Args:
            folder: another than its own.

        Raises:
            ValueError: it is the state of another network or optimiser.
        """
        for path in reversed(self.files(folder)):
            try:
                document, arrays = read_state(path)
            except TornState as error:
                warnings.warn(f"{error} The training goes on from the one before.", stacklevel=2)
                path.unlink()
                continue
            count, averages = document["variables"], document["averages"]
            put_back(state_parts(self.learner, self.network), arrays[:count], path)
            self.averages = arrays[count : count + averages]
            self.keeper.restore(document["keeper"], arrays[count + averages :])
            self.epoch, self.step = document["epoch"], document["step"]
            self.history, self.seconds_before = document["history"], document["seconds"]
            return


def state_parts(learner: keras.Model, network: keras.Model) -> list[tf.Variable]:
    """Everything that a training step changes, averages excepted: weights, random generators and optimisers."""
    optimizers = [one for one in vars(learner).values() if isinstance(one, keras.optimizers.Optimizer)]
    shared = {id(one) for owner in (learner, network) for one in owner.trainable_variables}
    shared |= {id(one) for optimizer in optimizers for one in optimizer.variables}
    found = {id(one): one for owner in (learner, network, *optimizers) for one in owner.variables}
    parts = [[one.value] if number in shared else parts_of(one) for number, one in found.items()]
    return [part for many in parts for part in many]


def average_parts(learner: keras.Model) -> list[tf.Variable]:
    """The state of the metrics of an epoch under way."""
    return [part for metric in learner.metrics for variable in metric.variables for part in parts_of(variable)]


def parts_of(variable: keras.Variable) -> list[tf.Variable]:
    """A variable as its replicas hold it: each sums and counts what it sees itself, such as batch statistics."""
    return list(getattr(variable.value, "values", [variable.value]))


def put_back(variables: list[tf.Variable], values: list[np.ndarray], path: Path) -> None:
    """Give variables their values.

    Raises:
        ValueError: they are others than those whose values these are.
    """
    wanted, found = ([tuple(one.shape) for one in many] for many in (variables, values))
    if wanted != found:
        differ = next((pair for pair in zip(found, wanted, strict=False) if pair[0] != pair[1]), None)
        what = "a variable of the shape {} for one of {}".format(*differ) if differ else f"{len(found)} variables"
        raise ValueError(
            f"{path} has {what}, and the network with its optimiser has {len(wanted)} variables: it is the state of "
            f"another training. Move {path.parent.parent} away, or train into another folder."
        )
    for variable, value in zip(variables, values, strict=True):
        # A copy: TensorFlow may take the memory that it is given for its own.
        variable.assign(np.array(value))
