"""Batches of a training split of so many records, decoded and in memory or read from shards; no network.

python records_keras.py memory|shards RECORDS BATCH FOLDER
"""

from __future__ import annotations

import sys
import time

# Before TensorFlow, so that it chooses oneDNN.
import multimodal_zoo as mz  # isort: skip
from bursts import answer_bursts  # isort: skip

from made_up_clicks import fitted_fields, made_up_clicks  # isort: skip
from multimodal_zoo.training.pipeline import prepare, training_batches  # isort: skip
from multimodal_zoo.training.streamed import Streamed  # isort: skip


def main() -> None:
    """Read batch after batch."""
    kind, count, batch, folder = sys.argv[1], *map(int, sys.argv[2:4]), sys.argv[4]
    fields = fitted_fields()
    if kind == "shards":
        split = mz.load_shards(f"{folder}/{count}", verify=False).split("train")
        batches = Streamed(split, fields, with_presence=True).training_batches(batch_size=batch, seed=0)
    else:
        split = made_up_clicks(count)
        prepared = prepare(split.split("train"), fields)
        batches = training_batches(prepared, fields, with_presence=True, batch_size=batch, seed=0)
    endless = iter(batches)

    def run(steps: int) -> list[float]:
        ends = []
        for _ in range(steps):
            next(endless)
            ends.append(time.perf_counter())
        return ends

    answer_bursts(run)


main()
