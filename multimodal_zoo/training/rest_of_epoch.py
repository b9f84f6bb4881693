"""The epoch within which a training goes on: the steps that are left, and the averages so far."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from multimodal_zoo.training.checkpoint import average_parts


class RestOfEpoch(keras.callbacks.Callback):
    """End the first epoch of a `fit` after fewer steps, as if those before had been run here, too.

    Stands first among the callbacks: the others may stop the training at the end of that epoch.

    Args:
        epoch: the one that is not whole.
        steps: that are left of it.
        averages: state of the metrics after the steps before.
    """

    def __init__(self, epoch: int, steps: int, averages: list[np.ndarray]) -> None:
        super().__init__()
        self.epoch, self.steps, self.averages = epoch, steps, averages
        self.within = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.within = epoch == self.epoch
        if self.within:
            for part, value in zip(average_parts(self.model), self.averages, strict=True):
                part.assign(np.array(value))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.within and batch + 1 >= self.steps:
            # Keras has no other way to end an epoch early.
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.within:
            self.model.stop_training = False
