"""Keep the mean of the weights after each of the late epochs of a training, also across an interruption."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np


class KeepMean(keras.callbacks.Callback):
    """Where there are no records left to choose an epoch by, no single one decides.

    What a layer counts while it learns, such as the means of a batch normalisation, is averaged like the weights.

    Args:
        folder: where `mean.npz` is written (beside and renamed).
        after: epochs that pass before the first that counts.

    Reference: Izmailov et al. 2018, arXiv:1803.05407, with equal weights for the epochs.
    """

    def __init__(self, folder: Path, after: int) -> None:
        super().__init__()
        self.file, self.after = Path(folder) / "mean.npz", after
        self.count, self.last_epoch = 0, -1
        self.mean: list[np.ndarray] = []
        if self.file.exists():
            with np.load(self.file) as kept:
                self.count, self.last_epoch = int(kept["count"]), int(kept["last_epoch"])
                self.mean = [kept[str(number)] for number in range(len(kept.files) - 2)]

    @property
    def best_epoch(self) -> int:
        """The last epoch that is part of the mean."""
        return self.last_epoch

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        # An epoch that is run again after an interruption is part of the mean already.
        if epoch < self.after or epoch <= self.last_epoch:
            return
        values = [np.asarray(one, "float64") for one in self.model.get_weights()]
        mean = self.mean or [np.zeros_like(one) for one in values]
        self.count, self.last_epoch = self.count + 1, epoch
        self.mean = [old + (new - old) / self.count for old, new in zip(mean, values, strict=True)]
        self.file.parent.mkdir(parents=True, exist_ok=True)
        beside = self.file.with_name("new.npz")
        numbered = {str(number): one for number, one in enumerate(self.mean)}
        np.savez(beside, count=self.count, last_epoch=epoch, **numbered)
        os.replace(beside, self.file)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.mean:
            # Whole numbers, such as the steps counted by a layer or the state of a random generator, stay as they are.
            now = self.model.get_weights()
            self.model.set_weights(
                [
                    mean.astype(one.dtype) if np.issubdtype(one.dtype, np.floating) else one
                    for mean, one in zip(self.mean, now, strict=True)
                ]
            )
