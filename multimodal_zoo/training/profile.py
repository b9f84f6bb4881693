"""Where the time of a training goes: steps, waiting for input, tracing, validation, checkpoints; and the memory."""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.training.checkpoint import Checkpoint


class Profile(keras.callbacks.Callback):
    """Measure a training while it runs.

    Keras takes the next batch inside its compiled function, where nobody can see how long that takes. Here the batch is
    taken first, by the clock, and the same compiled step is then called with it. The pipeline goes on preparing the
    next batches meanwhile, as ever: what is counted as waiting is what the pipeline did not manage in that time.

    Args:
        batch_size: records of a step, over all replicas.
        checkpoint: whose time for writing is reported, too.

    Example:
        >>> profile = Profile(batch_size=32)
        >>> model.fit(batches, callbacks=[profile])
        >>> profile.report()["input_share"]
    """

    def __init__(self, batch_size: int, checkpoint: Checkpoint | None = None) -> None:
        super().__init__()
        self.batch_size, self.checkpoint = batch_size, checkpoint
        # Seconds of each step: for its batch, and for itself.
        self.waits: list[float] = []
        self.steps: list[float] = []
        self.validation_seconds = 0.0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.unmeasured = self.model.train_function
        self.model.train_function = self.measured

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.model.train_function = self.unmeasured

    def measured(self, iterator: Any) -> Any:
        """Keras' function of a step, or of several at once, batch by batch."""
        for _ in range(self.model.steps_per_execution):
            began = time.perf_counter()
            batch = next(iterator)
            taken = time.perf_counter()
            # Given a list instead of an iterator, Keras calls the compiled step itself.
            logs = self.unmeasured([batch])
            # A GPU works on when the call is back.
            tf.test.experimental.sync_devices()
            self.waits.append(taken - began)
            self.steps.append(time.perf_counter() - taken)
        return logs

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.validation_began = time.perf_counter()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self.validation_seconds += time.perf_counter() - self.validation_began

    def report(self) -> dict[str, Any]:
        """What was found out, JSON-ready.

        Returns:
            `steps`; of all but the first, which is traced, `examples_per_second`, `step_ms` (wait and work, median) and
            `step_ms_p90` (90th percentile), `input_share` (of the time that is waiting for input, 0 to 1), None where
            there was no second; `tracing_seconds` (of the first step, less what a later one takes),
            `validation_seconds`, `checkpoint_seconds`, `peak_memory_mb` (of the process) and, with GPUs,
            `peak_gpu_memory_mb` (the sum over them).
        """
        waits, both = np.array(self.waits[1:]), np.array(self.waits[1:]) + np.array(self.steps[1:])
        typical = float(np.median(both)) if both.size else None
        found: dict[str, Any] = {
            "steps": len(self.steps),
            "examples_per_second": self.batch_size * both.size / float(both.sum()) if both.size else None,
            "step_ms": None if typical is None else 1e3 * typical,
            "step_ms_p90": 1e3 * float(np.percentile(both, 90)) if both.size else None,
            "input_share": float(waits.sum() / both.sum()) if both.size else None,
            "tracing_seconds": max(0.0, self.steps[0] - (typical or 0.0)) if self.steps else None,
            "validation_seconds": self.validation_seconds,
            "checkpoint_seconds": 0.0 if self.checkpoint is None else self.checkpoint.writing_seconds,
            "peak_memory_mb": peak_memory() / 2**20,
        }
        gpus = tf.config.list_logical_devices("GPU")
        if gpus:
            peaks = [tf.config.experimental.get_memory_info(one.name.split("device:")[-1])["peak"] for one in gpus]
            found["peak_gpu_memory_mb"] = sum(peaks) / 2**20
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()}


def peak_memory() -> int:
    """The most bytes that this process has held in memory at once."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, Linux KiB.
    return peak if sys.platform == "darwin" else peak * 1024
