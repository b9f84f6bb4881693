"""Keep the best weights on disk and stop when nothing gets better, also across an interruption."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import keras


class KeepBest(keras.callbacks.Callback):
    """Early stopping and best checkpoint in one, both remembered in a folder.

    Unlike `keras.callbacks.EarlyStopping` it goes on counting where an interrupted run was stopped.

    Args:
        folder: where `best.weights.h5` and `best.json` are written (beside and renamed).
        monitor: name of the logged value, such as "val_loss".
        mode: "min" or "max".
        patience: epochs without improvement before training stops.
    """

    def __init__(self, folder: Path, monitor: str, mode: str, patience: int) -> None:
        super().__init__()
        self.folder, self.monitor, self.mode, self.patience = Path(folder), monitor, mode, patience
        self.best: float | None = None
        self.best_epoch = -1
        state = self.folder / "best.json"
        if state.exists() and self.weights.exists():
            kept = json.loads(state.read_text())
            self.best, self.best_epoch = kept["value"], kept["epoch"]

    @property
    def weights(self) -> Path:
        """The file with the best weights so far."""
        return self.folder / "best.weights.h5"

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        value = (logs or {}).get(self.monitor)
        if value is None:
            raise ValueError(f"There is no logged value {self.monitor!r}; logged were: {', '.join(logs or {})}.")
        better = self.best is None or (value < self.best if self.mode == "min" else value > self.best)
        if better:
            self.best, self.best_epoch = float(value), epoch
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = self.folder / "new.weights.h5"
            self.model.save_weights(beside)
            os.replace(beside, self.weights)
            (self.folder / "new.json").write_text(json.dumps({"value": self.best, "epoch": epoch}))
            os.replace(self.folder / "new.json", self.folder / "best.json")
        elif epoch - self.best_epoch >= self.patience:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.weights.exists():
            self.model.load_weights(self.weights)
