"""Keep the mean of the weights after each of the late epochs of a training."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


class KeepMean(keras.callbacks.Callback):
    """Where there are no records left to choose an epoch by, no single one decides.

    What a layer counts while it learns, such as the means of a batch normalisation, is averaged like the weights.

    Args:
        after: epochs that pass before the first that counts.

    Reference: Izmailov et al. 2018, arXiv:1803.05407, with equal weights for the epochs.
    """

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after
        self.count, self.last_epoch = 0, -1
        self.mean: list[np.ndarray] = []

    @property
    def best_epoch(self) -> int:
        """The last epoch that is part of the mean."""
        return self.last_epoch

    def state(self) -> tuple[dict[str, Any], list[np.ndarray]]:
        """What it remembers: JSON-ready, and the mean so far."""
        return {"count": self.count, "epoch": self.last_epoch}, self.mean

    def restore(self, document: dict[str, Any], mean: list[np.ndarray]) -> None:
        """Remember what another did, as its `state` told."""
        self.count, self.last_epoch, self.mean = document["count"], document["epoch"], [np.array(one) for one in mean]

    def has_enough(self, epoch: int) -> bool:
        """All epochs are run."""
        return False

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch < self.after:
            return
        values = [np.asarray(one, "float64") for one in self.model.get_weights()]
        mean = self.mean or [np.zeros_like(one) for one in values]
        self.count, self.last_epoch = self.count + 1, epoch
        self.mean = [old + (new - old) / self.count for old, new in zip(mean, values, strict=True)]

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
