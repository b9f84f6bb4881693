"""Run a network through a split, batch by batch, and time it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from multimodal_zoo.export.formats.batches_on_disk import read_batches

# The first answers pay for allocation and tuning. Short splits are run through again until there are enough to time.
WARM_UP, TIMED = 20, 200


def measure(
    run: Callable[[dict[str, np.ndarray]], np.ndarray], inputs: Path, batch_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Answers of a network, and how long it took for them.

    Args:
        run: from one batch to its prediction.
        inputs: as `write_inputs` leaves them.
        batch_size: what `run` takes.

    Returns:
        Predictions `(batches * batch_size, ...)` in the order of the records, and milliseconds `(answers,)` of each
        timed batch.
    """
    predictions: list[np.ndarray] = []
    milliseconds: list[float] = []
    first_time = True
    while first_time or len(milliseconds) < WARM_UP + TIMED:
        for batch in read_batches(inputs, batch_size):
            started = time.perf_counter()
            answer = run(batch)
            milliseconds.append(1000 * (time.perf_counter() - started))
            if first_time:
                predictions.append(np.array(answer))
        first_time = False
    return np.concatenate(predictions), np.array(milliseconds[WARM_UP:])
