"""How far the training is: one bar over all of it, with the time left; in a log file one line per epoch."""

from __future__ import annotations

import time
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

    def __init__(self, title: str, epochs: int, steps: int, steps_done: int = 0) -> None:
        super().__init__()
        self.title, self.epochs, self.steps, self.steps_done = title, epochs, steps, steps_done
        self.console = Console(stderr=True)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.started = time.monotonic()
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[values]}"),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self.bar = self.progress.add_task(
            self.title, total=self.epochs * self.steps, completed=self.steps_done, values=""
        )
        self.progress.start()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.done_before = max(epoch * self.steps, self.steps_done)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        # Of several steps in one call, the last is told.
        self.progress.update(self.bar, completed=self.done_before + batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        values = "  ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items() if name.startswith("val_"))
        self.progress.update(self.bar, completed=(epoch + 1) * self.steps, values=f"epoch {epoch + 1}: {values}")
        if not self.console.is_terminal:
            seconds = time.monotonic() - self.started
            line = f"{self.title}: epoch {epoch + 1} of at most {self.epochs}, {seconds:.0f} s  {values}"
            self.console.print(line, highlight=False, soft_wrap=True)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.progress.stop()
