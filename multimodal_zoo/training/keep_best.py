"""Keep the best weights and stop when nothing gets better."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


def mode_of(monitor: str) -> str:
    """Which way a logged value gets better: "min" for what has "loss" or "error" in its name, "max" for others."""
    return "min" if "loss" in monitor or "error" in monitor else "max"


class KeepBest(keras.callbacks.Callback):
    """Early stopping and the best weights in one, with a state that a checkpoint can hold.

    Unlike `keras.callbacks.EarlyStopping` it goes on counting where an interrupted run was stopped.

    Args:
        monitor: name of the logged value, such as "val_loss".
        mode: "min" or "max".
        patience: epochs without improvement before training stops.
    """

    def __init__(self, monitor: str, mode: str, patience: int) -> None:
        super().__init__()
        self.monitor, self.mode, self.patience = monitor, mode, patience
        self.best: float | None = None
        self.best_epoch = -1
        self.weights: list[np.ndarray] = []

    def state(self) -> tuple[dict[str, Any], list[np.ndarray]]:
        """What it remembers: JSON-ready, and the best weights."""
        return {"value": self.best, "epoch": self.best_epoch}, self.weights

    def restore(self, document: dict[str, Any], weights: list[np.ndarray]) -> None:
        """Remember what another did, as its `state` told."""
        self.best, self.best_epoch, self.weights = (
            document["value"],
            document["epoch"],
            [np.array(one) for one in weights],
        )

    def has_enough(self, epoch: int) -> bool:
        """Whether nothing got better for so long that `epoch` is the last."""
        return self.best is not None and epoch - self.best_epoch >= self.patience

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        value = (logs or {}).get(self.monitor)
        if value is None:
            raise ValueError(f"There is no logged value {self.monitor!r}; logged were: {', '.join(logs or {})}.")
        better = self.best is None or (value < self.best if self.mode == "min" else value > self.best)
        if better:
            self.best, self.best_epoch = float(value), epoch
            self.weights = self.model.get_weights()
        elif self.has_enough(epoch):
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.weights:
            self.model.set_weights(self.weights)
