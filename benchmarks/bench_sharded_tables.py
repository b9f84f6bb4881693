"""What sharded tables save and cost: two workers, each with the whole table or with its half, at two sizes.

Every record has 8 ids; a step looks up those of 1024 records and updates them by LazyAdam. All processes share the
cores of one machine, and the exchange goes over its loopback: between machines it costs what their network adds.

    python benchmarks/bench_sharded_tables.py [--rounds 1] [--steps 40] [--dry]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from worker_results import words_of, write_unless_dry  # noqa: E402

ROWS = (100_000, 4_000_000)
WAYS = ("mirrored", "sharded")
DIM, IDS, BATCH, WORKERS = 16, 8, 1024, 2
STEPS_OF_WARM_UP = 4


def train(way: str, rows: int, steps: int, folder: Path) -> None:
    """What each worker runs: some steps, timed after the first few, and how much memory it has come to need."""
    from multimodal_zoo.training import strategies

    strategy = strategies.resolve("auto")
    import keras
    import tensorflow as tf

    from multimodal_zoo.encoders.word_embedding import WordEmbedding
    from multimodal_zoo.training import sharded_tables
    from multimodal_zoo.training.optimizers import LazyAdam
    from multimodal_zoo.training.workers import each_its_part

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    keras.utils.set_random_seed(0)
    tables = sharded_tables(min_rows=1) if way == "sharded" else contextlib.nullcontext()
    with strategy.scope(), tables:
        ids = keras.Input((IDS,), dtype="int32")
        vectors = WordEmbedding(rows, DIM)(ids)
        model = keras.Model(ids, keras.layers.Dense(1)(keras.layers.Flatten()(vectors)))
        model.compile(LazyAdam(1e-3), "mse")
    draw = np.random.default_rng(0)
    total = STEPS_OF_WARM_UP + steps
    records = draw.integers(1, rows, (total * BATCH, IDS)).astype("int32"), draw.normal(size=(total * BATCH, 1))
    batches = tf.data.Dataset.from_tensor_slices(records).batch(BATCH)

    class Clock(keras.callbacks.Callback):
        """The time at the end of each step."""

        ends: list[float] = []  # noqa: RUF012

        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            self.ends.append(time.perf_counter())

    clock = Clock()
    model.fit(each_its_part(batches, model), callbacks=[clock], shuffle=False, verbose=0)
    worker = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    held = sum(one.numpy().nbytes for one in [*model.weights, *model.optimizer.variables])
    found = {
        "seconds": np.diff(clock.ends[STEPS_OF_WARM_UP - 1 :]).tolist(),
        "held_mb": held / 1e6,
        "grown_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / 1e6,
    }
    (folder / f"{worker}.json").write_text(json.dumps(found))


def run(way: str, rows: int, steps: int) -> list[dict[str, Any]]:
    """What each worker has measured."""
    from multimodal_zoo.launch import run_local_job

    with tempfile.TemporaryDirectory() as name:
        words = [sys.executable, __file__, "--way", way, "--rows", str(rows), "--steps", str(steps), "--folder", name]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"}
        status = run_local_job(words, WORKERS, environment=environment)
        if status:
            raise RuntimeError(f"{way} with {rows} rows ended with status {status}.")
        return [json.loads((Path(name) / f"{worker}.json").read_text()) for worker in range(WORKERS)]


def measure(rounds: int, steps: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The table, and everything that was measured."""
    samples: dict[str, list[Any]] = {f"{way} {rows}": [] for rows in ROWS for way in WAYS}
    for _ in range(rounds):
        for rows in ROWS:
            for way in WAYS:
                samples[f"{way} {rows}"].append(run(way, rows, steps))
    lines = []
    for rows in ROWS:
        for way in WAYS:
            workers = [one for of_round in samples[f"{way} {rows}"] for one in of_round]
            ms = np.median([np.median(one["seconds"]) for one in workers]) * 1e3
            held, grown = (max(one[what] for one in workers) for what in ("held_mb", "grown_mb"))
            lines.append([f"{rows:,}", way, f"{held:.1f}", f"{grown:.0f}", f"{ms:.1f}"])
            print(*lines[-1], sep="\t", flush=True)
    columns = ["rows", "tables", "MB a worker holds", "MB its memory grew by", "ms a step"]
    note = (
        f"Width {DIM}, {IDS} ids a record, batch size {BATCH} in all, {WORKERS} workers, LazyAdam. Held: weights and "
        "moments. Grown: the peak of the process, from before the network was built; to make and to broadcast a whole "
        "table takes copies of it."
    )
    return [{"title": "Tables on two workers", "columns": columns, "rows": lines, "note": note}], samples


def main() -> None:
    """Measure and write `benchmarks/results/sharded-tables.json`."""
    parser = words_of(__doc__, rounds=1, steps=40)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        train(asked.way, asked.rows, asked.steps, asked.folder)
        return
    write_unless_dry("sharded-tables", "Sharded tables", asked, *measure(asked.rounds, asked.steps))


if __name__ == "__main__":
    main()
