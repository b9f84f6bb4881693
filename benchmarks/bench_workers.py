"""What several workers cost and bring on one machine: the same training by one, two and four processes, in turns.

All have the same global batches, so the weights have to be alike; the largest difference is told. On one machine the
processes share its cores: this says what the exchange between them costs, not what more machines would bring.

    python benchmarks/bench_workers.py [--rounds 5] [--steps 60] [--workers 1 2 4] [--dry]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from worker_results import words_of, write_unless_dry  # noqa: E402

# What is trained: model, data set, arguments of the builder, modalities that are left out, global batch size.
TRAININGS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "`lstnet_diagnosis`, images alone": (
        "lstnet_diagnosis",
        "synthetic-diagnosis",
        {"report": None, "filters": (16, 32, 64), "dropout": 0.0},
        64,
    ),
    "`deepfm`": ("deepfm", "synthetic-clicks", {"dropout": 0.0}, 1024),
}
STEPS_OF_WARM_UP = 4
# Behind so many steps weights are compared.
COMPARED = (1, STEPS_OF_WARM_UP)


def train(title: str, steps: int, folder: Path, float_type: str) -> None:
    """What each worker runs: some steps, timed after the first few, and the weights behind some of those."""
    from multimodal_zoo.training import strategies

    strategy = strategies.resolve("auto")
    import keras

    from multimodal_zoo import load_dataset
    from multimodal_zoo.registry import PRESENCE
    from multimodal_zoo.training import build_for
    from multimodal_zoo.training.pipeline import prepare, training_batches
    from multimodal_zoo.training.splits import adapt
    from multimodal_zoo.training.workers import each_its_part

    name, data_name, arguments, batch_size = TRAININGS[title]
    data = load_dataset(data_name)
    keras.utils.set_random_seed(0)
    with strategy.scope():
        built = build_for(name, data, arguments)
        # All of it, also the last layer, which is of float32 in any precision.
        model = built if float_type == "float32" else computing_in(float_type, built)
        loss = "sparse_categorical_crossentropy" if data.card.task == "classification" else "binary_crossentropy"
        # Not Adam, which makes a whole step of what rounding leaves of a gradient of nothing.
        model.compile(keras.optimizers.SGD(0.01), loss)
    modalities = adapt(built.modalities, data.split("train"))
    prepared = prepare(data.split("train"), modalities)
    settings = {"batch_size": batch_size, "seed": 0, "with_presence": PRESENCE in model.input}
    batches = training_batches(prepared, modalities, **settings, replicas=strategy.num_replicas_in_sync)

    worker = json.loads(os.environ["TF_CONFIG"])["task"]["index"]

    class Clock(keras.callbacks.Callback):
        """The time at the end of each step, and the weights behind some."""

        ends: list[float] = []  # noqa: RUF012

        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            if batch + 1 in COMPARED:
                np.savez(folder / f"weights-{batch + 1}-{worker}.npz", *model.get_weights())
            self.ends.append(time.perf_counter())

    clock = Clock()
    total = STEPS_OF_WARM_UP + steps
    model.fit(each_its_part(batches, model), steps_per_epoch=total, callbacks=[clock], shuffle=False, verbose=0)
    bounds = clock.ends[STEPS_OF_WARM_UP - 1 :]
    (folder / f"seconds-{worker}.json").write_text(json.dumps(np.diff(bounds).tolist()))


def computing_in(float_type: str, model: Any) -> Any:
    """The network with other numbers, anew."""
    import keras

    keras.config.set_floatx(float_type)
    return keras.models.clone_model(
        model, clone_function=lambda layer: type(layer).from_config({**layer.get_config(), "dtype": float_type})
    )


def weights_in(file: Path) -> list[np.ndarray]:
    """The arrays of a file that `train` has written."""
    with np.load(file) as kept:
        return [kept[name] for name in kept.files]


def run(
    title: str, workers: int, steps: int, float_type: str = "float32"
) -> tuple[list[float], dict[int, list[list[np.ndarray]]]]:
    """Seconds of each step of the first worker, and the weights that each of them has behind so many steps."""
    from multimodal_zoo.launch import run_local_job

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = [sys.executable, __file__, "--training", title, "--steps", str(steps), "--folder", name]
        words += ["--float-type", float_type]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"}
        status = run_local_job(words, workers, environment=environment)
        if status:
            raise RuntimeError(f"{title} by {workers} workers ended with status {status}.")
        seconds = json.loads((folder / "seconds-0.json").read_text())
        return seconds, {
            done: [weights_in(folder / f"weights-{done}-{worker}.npz") for worker in range(workers)]
            for done in COMPARED
        }


def largest_difference(some: list[np.ndarray], others: list[np.ndarray]) -> float:
    """Between two lists of weights."""
    return max(float(np.abs(one - other).max()) for one, other in zip(some, others, strict=True))


def farthest(single: list[np.ndarray], by_worker: list[list[np.ndarray]]) -> float:
    """The largest difference of any worker's weights to those of the single process."""
    return max(largest_difference(single, one) for one in by_worker)


def measure(rounds: int, steps: int, counts: list[int]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """One table for each training, and the raw seconds of every step."""
    tables, samples = [], {}
    for title, (*_, batch_size) in TRAININGS.items():
        seconds: dict[int, list[list[float]]] = {count: [] for count in counts}
        differences = {count: dict.fromkeys(COMPARED, 0.0) for count in counts}
        single: dict[int, list[np.ndarray]] = {}
        for _ in range(rounds):
            for count in counts:
                taken, weights = run(title, count, steps)
                seconds[count].append(taken)
                for done, by_worker in weights.items():
                    first_of_all = single.setdefault(done, by_worker[0])
                    differences[count][done] = max(differences[count][done], farthest(first_of_all, by_worker))
        finer = {count: run(title, count, 1, "float64")[1][STEPS_OF_WARM_UP] for count in counts}
        medians = {count: np.array([np.median(one) for one in rows]) for count, rows in seconds.items()}
        first = np.median(medians[counts[0]])
        rows = []
        for count in counts:
            ms = np.median(medians[count]) * 1e3
            low, high = np.quantile(medians[count] / medians[counts[0]], [0.0, 1.0])
            ratio = f"{np.median(medians[count]) / first:.2f} [{low:.2f}, {high:.2f}]"
            gaps = [f"{one:.1e}" for one in (*differences[count].values(), farthest(finer[counts[0]][0], finer[count]))]
            rows.append([count, f"{ms:.1f}", f"{batch_size / ms * 1e3:.0f}", ratio, *gaps])
            print(title, *rows[-1], sep="\t", flush=True)
        size = sum(one.nbytes for one in single[1])
        columns = [
            "workers",
            "ms a step",
            "records a second",
            "of one worker's time [range]",
            "largest difference, first step",
            f"after {STEPS_OF_WARM_UP}",
            f"in float64, after {STEPS_OF_WARM_UP}",
        ]
        note = (
            f"Batch size {batch_size} in all; {size / 1e6:.2f} MB of weights. Largest difference: of any weight "
            "of a worker to the single process, after steps of SGD. What rounding leaves grows from step to step where "
            "a unit of one record is a little above zero in one and cut off in the other; with numbers of 64 bits "
            "there is next to nothing to grow."
        )
        tables.append({"title": title, "columns": columns, "rows": rows, "note": note})
        samples[title] = {str(count): rows for count, rows in seconds.items()}
    return tables, samples


def main() -> None:
    """Measure and write `benchmarks/results/workers.json`."""
    parser = words_of(__doc__, rounds=5, steps=60)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--training", help=argparse.SUPPRESS)
    parser.add_argument("--float-type", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.training:
        train(asked.training, asked.steps, asked.folder, asked.float_type)
        return
    write_unless_dry("workers", "Several workers", asked, *measure(asked.rounds, asked.steps, asked.workers))


if __name__ == "__main__":
    main()
