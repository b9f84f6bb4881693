"""What XLA does on this machine to the training steps of six networks: the time of a step, and of compiling.

    python benchmarks/bench_jit.py [--rounds 6] [--only deepfm] [--dry]

Both ways to compute a step are made in one process, as `fit(jit_compile="measure")` makes them, and called in turns
with the same random batch.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np  # noqa: E402
from experiment import write_result  # noqa: E402

# Networks at their default size -> records in a batch.
NETWORKS = {
    "deepfm": 1024,
    "lstnet_diagnosis": 8,
    "audio_visual_fusion": 8,
    "mult_sentiment": 32,
    "sasrec": 64,
    "machine_health": 128,
}
# Ids are drawn below it: every vocabulary has more.
IDS = 20
# Behind so many seconds there are no further rounds.
MOST_SECONDS = 20.0


def batch_of(model: Any, size: int) -> tuple[dict[str, Any], Any]:
    """Random inputs and labels."""
    import tensorflow as tf

    draw = np.random.default_rng(0)

    def drawn(one: Any) -> Any:
        shape = (size, *one.shape[1:])
        if "int" in one.dtype:
            return tf.constant(draw.integers(1, IDS, shape), one.dtype)
        return tf.constant(draw.normal(size=shape), one.dtype)

    whole = model.card.task == "classification"
    labels = draw.integers(0, 2, size).astype("int32" if whole else "float32")
    return {name: drawn(one) for name, one in model.input.items()}, tf.constant(labels)


def measure(name: str, size: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of the first step and of later ones, by both ways."""
    import keras

    from multimodal_zoo import create_model
    from multimodal_zoo.tasks import task_named
    from multimodal_zoo.training.measured_jit import seconds_of
    from multimodal_zoo.training.optimizers import optimizer_named

    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    model = create_model(name)
    task = task_named(model.card.task)
    model.compile(optimizer_named("auto", 1e-3, model), task.loss, metrics=task.watched())
    model.optimizer.build(model.trainable_variables)
    source = [batch_of(model, size)]
    # Keras makes its metrics within the first step, which XLA does not allow.
    model.evaluate(*source[0], verbose=0)
    found: dict[str, list[float]] = {}
    functions = {}
    for way in ("plain", "xla"):
        model.jit_compile = way == "xla"
        model.make_train_function(force=True)
        functions[way] = model.train_function
        found[f"{way} first"] = [seconds_of(functions[way], source)]
        found[way] = []
        seconds_of(functions[way], source)
    for number in range(rounds):
        ways = list(functions) if number % 2 == 0 else list(functions)[::-1]
        for way in ways:
            found[way].append(seconds_of(functions[way], source))
        if sum(found["plain"]) + sum(found["xla"]) > MOST_SECONDS:
            break
    return found


def row_of(name: str, size: int, found: dict[str, list[float]]) -> list[Any]:
    """Medians, their ratio with the quartiles of the rounds, and over how many steps compiling pays."""
    from multimodal_zoo.training.measured_jit import MARGIN

    plain, xla = (float(np.median(found[way])) for way in ("plain", "xla"))
    low, high = np.quantile(np.divide(found["xla"], found["plain"]), [0.25, 0.75])
    compiling = max(0.0, found["xla first"][0] - found["plain first"][0])
    gain = (1 - MARGIN) * plain - xla
    pays = f"{math.ceil(compiling / gain)}" if gain > 0 else "never"
    ratio = f"{xla / plain:.2f} [{low:.2f}, {high:.2f}]"
    return [f"`{name}`", size, f"{1e3 * plain:.1f}", f"{1e3 * xla:.1f}", ratio, f"{compiling:.1f}", pays]


def main() -> None:
    """Measure and write `benchmarks/results/jit.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--only", choices=NETWORKS, help="measure one network and write no results")
    parser.add_argument("--dry", action="store_true", help="write no results: to see whether it runs")
    asked = parser.parse_args()
    rows, samples = [], {}
    for name in [asked.only] if asked.only else NETWORKS:
        samples[name] = measure(name, NETWORKS[name], asked.rounds)
        rows.append(row_of(name, NETWORKS[name], samples[name]))
        print(*rows[-1], sep="\t", flush=True)
    if asked.only or asked.dry:
        return
    write_result(
        "jit",
        "Steps compiled by XLA",
        f"One training step on the processor, plain and by XLA in turns, up to {asked.rounds} rounds; medians.",
        [
            {
                "title": "A training step, ms",
                "columns": [
                    "network",
                    "records",
                    "plain",
                    "XLA",
                    "of the plain time [quartiles]",
                    "compiling, s",
                    "pays after steps",
                ],
                "rows": rows,
                "note": "Networks at their default size, Adam, random batches. Compiling: what the first step by XLA "
                "takes longer than the first plain one. It pays once five per cent are saved, compiling included.",
            }
        ],
        samples,
        command="python benchmarks/bench_jit.py",
    )


if __name__ == "__main__":
    main()
