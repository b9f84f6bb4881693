"""One progress bar over the whole training, with the time left."""

from __future__ import annotations

from typing import Any

import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class TrainingProgress(keras.callbacks.Callback):
    """Draw steps done, values of the last epoch and the time left, on stderr so that stdout stays for results."""

    def __init__(self, title: str, epochs: int, steps: int, first_epoch: int = 0) -> None:
        super().__init__()
        self.title, self.epochs, self.steps, self.first_epoch = title, epochs, steps, first_epoch

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[values]}"),
            console=Console(stderr=True),
        )
        self.bar = self.progress.add_task(
            self.title, total=self.epochs * self.steps, completed=self.first_epoch * self.steps, values=""
        )
        self.progress.start()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.progress.advance(self.bar)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        values = "  ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items() if name.startswith("val_"))
        self.progress.update(self.bar, completed=(epoch + 1) * self.steps, values=f"epoch {epoch + 1}: {values}")

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.progress.stop()
