"""The ends of the training steps of `keras.Model.fit`, as a person calls it."""

from __future__ import annotations

import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf


class Ends(keras.callbacks.Callback):
    """Remembers when each call of TensorFlow ended, and how many steps were done by then."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[int] = []
        self.moments: list[float] = []

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        self.done.append(batch + 1)
        self.moments.append(time.perf_counter())


def fit_steps(model: keras.Model, batches: tf.data.Dataset) -> Callable[[int], list[float]]:
    """A function that makes so many steps with the batches, over and over, and gives the end of each.

    Of several steps in one call the ends are spread evenly behind the end of the call before; those of the first call,
    before which nothing is known, but for the last, are left out.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    endless = batches.repeat().prefetch(2).with_options(options)

    def run(steps: int) -> list[float]:
        ends = Ends()
        model.fit(endless, steps_per_epoch=steps, epochs=1, verbose=0, callbacks=[ends])
        return np.interp(range(ends.done[0], steps + 1), ends.done, ends.moments).tolist()

    return run
