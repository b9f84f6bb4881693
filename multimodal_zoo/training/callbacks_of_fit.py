"""What `fit` has Keras call after each step and epoch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import keras

from multimodal_zoo.training.checkpoint import Checkpoint
from multimodal_zoo.training.mean_over_replicas import MeanOverReplicas
from multimodal_zoo.training.measured_jit import MeasuredJit
from multimodal_zoo.training.profile import Profile
from multimodal_zoo.training.progress import TrainingProgress
from multimodal_zoo.training.workers import is_chief


class CallbacksOfFit(NamedTuple):
    """All of them in their order, and those that have something to tell at the end."""

    all: list[keras.callbacks.Callback]
    jit: MeasuredJit | None
    profile: Profile | None


def callbacks_of_fit(
    model: keras.Model,
    kept_weights: keras.callbacks.Callback,
    checkpoint: Checkpoint,
    work: Path | None,
    *,
    monitor: str,
    steps: int,
    epochs: int,
    batch_size: int,
    measure_jit: bool,
    after_epoch: Callable[[int, float], None] | None,
    profile: bool,
    progress: bool,
) -> CallbacksOfFit:
    """The callbacks of a training that goes on from a checkpoint.

    Args:
        model: the network; of several workers, the first one's shows and writes.
        kept_weights: keeps the best, mean or last weights.
        checkpoint: restored.
        work: folder for logs, or None.
        monitor: name of the value that `after_epoch` is given.
        steps: of an epoch.
        epochs, batch_size, after_epoch, profile: as of `fit`.
        measure_jit: whether a few steps tell if XLA is to compile them.
        progress: whether a bar is shown.
    """
    done, chief = checkpoint.epoch * steps + checkpoint.step, is_chief(model)
    callbacks = [MeanOverReplicas(), kept_weights, checkpoint]
    if after_epoch is not None:
        told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: after_epoch(epoch + 1, logs[monitor]))
        callbacks.append(told)
    if work is not None and chief:
        callbacks.append(keras.callbacks.TensorBoard(work / "logs", write_graph=False))
    jit = MeasuredJit(model, epochs * steps - done, work, resumes=done > 0) if measure_jit else None
    profiler = Profile(batch_size, checkpoint) if profile else None
    callbacks.extend(one for one in (jit, profiler) if one is not None)
    if progress and chief:
        callbacks.append(TrainingProgress(model.name, epochs, steps, done))
    return CallbacksOfFit(callbacks, jit, profiler)
