"""Two libraries that search for settings, on the same trainings: what each finds in so many trials, and what it costs.

    python benchmarks/bench_tuners.py [--trials 12] [--seeds 30] [--peer-seeds 2] [--dry]

Every combination of a small space is trained once, by `fit` on a made-up data set; the libraries then search this
table, once for each seed, so that many searches are compared by the same trainings. keras-tuner lies in the folder of
the peers, which `make bench` fills; without it Optuna is measured alone.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np  # noqa: E402
from alternate import PEERS  # noqa: E402
from experiment import write_result  # noqa: E402

SPACE = {
    "fusion": ("bi_interaction", "concat"),
    "embedding_dim": (2, 16),
    "learning_rate": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
}
EPOCHS = 5
Point = tuple[int, ...]
# The loss on the validation split after each epoch, by the numbers of the values.
Table = dict[Point, list[float]]


def clicks(count: int, seed: int) -> Any:
    """A click where two numbers have the same sign, and one in ten at random."""
    from multimodal_zoo.datasets import Records

    random = np.random.default_rng(seed)
    one, two = random.normal(size=(2, count, 2)).astype("float32")
    labels = (one[:, 0] * two[:, 0] > 0) ^ (random.random(count) < 0.1)
    return Records({"one": one, "two": two}, labels.astype("float32"))


def trained() -> Table:
    """Every combination, trained once."""
    import keras

    from multimodal_zoo import Numeric, create_model, fit

    data = clicks(512, 0), clicks(256, 1)
    table = {}
    for point in itertools.product(*(range(len(values)) for values in SPACE.values())):
        chosen = {key: values[number] for (key, values), number in zip(SPACE.items(), point, strict=True)}
        rate = chosen.pop("learning_rate")
        keras.backend.clear_session()
        keras.utils.set_random_seed(0)
        model = create_model("fm", fields={"one": Numeric(2), "two": Numeric(2)}, **chosen)
        bundle = fit(model, data, epochs=EPOCHS, batch_size=32, learning_rate=rate, keep="last", verbose=0)
        table[point] = bundle.metrics["history"]["val_loss"]
    return table


def by_optuna(table: Table, trials: int, seed: int, pruner: str = "median") -> tuple[list[float], int]:
    """The losses that a search meets, infinite where a trial was stopped, and the epochs that it trains."""
    import optuna

    from multimodal_zoo.training.tuning.study import pruner_named

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed), pruner=pruner_named(pruner))
    met, epochs = [], 0
    for _ in range(trials):
        trial = study.ask()
        fusion = trial.suggest_categorical("fusion", range(len(SPACE["fusion"])))
        sizes = [trial.suggest_int(key, 0, len(SPACE[key]) - 1) for key in ("embedding_dim", "learning_rate")]
        curve = table[(fusion, *sizes)]
        for epoch, loss in enumerate(curve, 1):
            trial.report(loss, epoch)
            epochs += 1
            if epoch < len(curve) and trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                met.append(np.inf)
                break
        else:
            study.tell(trial, min(curve))
            met.append(min(curve))
    return met, epochs


def by_keras_tuner(table: Table, trials: int, seed: int) -> tuple[list[float], int]:
    """The same by the Gaussian process of keras-tuner, which stops no trial."""
    import keras_tuner

    parameters = keras_tuner.HyperParameters()
    parameters.Choice("fusion", list(range(len(SPACE["fusion"]))), ordered=False)
    for key in ("embedding_dim", "learning_rate"):
        parameters.Int(key, 0, len(SPACE[key]) - 1)
    oracle = keras_tuner.oracles.BayesianOptimizationOracle(
        objective=keras_tuner.Objective("loss", "min"), max_trials=trials, seed=seed, hyperparameters=parameters
    )
    met = []
    oracle.verbose = 0
    with tempfile.TemporaryDirectory() as folder:
        oracle._set_project_dir(folder, "search")
        for _ in range(trials):
            trial = oracle.create_trial("worker")
            loss = min(table[tuple(trial.hyperparameters.values[key] for key in SPACE)])
            oracle.update_trial(trial.trial_id, {"loss": loss})
            trial.status = "COMPLETED"
            oracle.end_trial(trial)
            met.append(loss)
    return met, trials * EPOCHS


def at_random(table: Table, trials: int, seed: int) -> tuple[list[float], int]:
    """What drawing by chance meets."""
    points = list(table)
    drawn = np.random.default_rng(seed).integers(len(points), size=trials)
    return [min(table[points[number]]) for number in drawn], trials * EPOCHS


def searched(
    search: Callable[[Table, int, int], tuple[list[float], int]], table: Table, trials: int, seeds: int
) -> dict[str, Any]:
    """Of each seed: the best loss above the best of the table, the epochs, and the seconds of a trial."""
    least = min(min(curve) for curve in table.values())
    found: dict[str, Any] = {"regret": [], "epochs": [], "seconds": []}
    for seed in range(seeds):
        began = time.process_time()
        met, epochs = search(table, trials, seed)
        found["seconds"].append((time.process_time() - began) / trials)
        found["regret"].append(min(met) - least)
        found["epochs"].append(epochs)
    return found


def row_of(name: str, found: dict[str, Any]) -> list[Any]:
    """One library."""
    regret = np.array(found["regret"])
    return [
        name,
        f"{regret.mean():.4f} ± {regret.std(ddof=1):.4f}",
        f"{(regret == 0).sum()} of {regret.size}",
        f"{np.mean(found['epochs']):.0f}",
        f"{1e3 * np.median(found['seconds']):.0f}",
    ]


def main() -> None:
    """Measure and write `benchmarks/results/tuners.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--peer-seeds", type=int, default=2, help="of keras-tuner, which takes long to choose")
    parser.add_argument("--dry", action="store_true", help="write no results: to see whether it runs")
    asked = parser.parse_args()
    sys.path.append(str(PEERS))
    logging.getLogger("tensorflow").setLevel("ERROR")
    searches = {
        "Optuna, TPE, median pruner": by_optuna,
        "Optuna, TPE": lambda *given: by_optuna(*given, pruner="none"),
        "at random": at_random,
    }
    packages = ["optuna"]
    try:
        import keras_tuner

        searches["keras-tuner, Gaussian process"] = by_keras_tuner
        without = f" keras-tuner {keras_tuner.__version__}."
    except ImportError:
        without = " keras-tuner is left out: it is not installed."
    table = trained()
    samples = {
        name: searched(search, table, asked.trials, asked.peer_seeds if search is by_keras_tuner else asked.seeds)
        for name, search in searches.items()
    }
    rows = [row_of(name, found) for name, found in samples.items()]
    for row in rows:
        print(*row, sep="\t", flush=True)
    if asked.dry:
        return
    write_result(
        "tuners",
        "Libraries that search for settings",
        f"Searches of {asked.trials} trials each, in a table of {len(table)} trainings of `fm` on "
        f"made-up clicks, {EPOCHS} epochs each.{without}",
        [
            {
                "title": f"{asked.trials} trials of {len(table)} combinations",
                "columns": ["search", "above the least loss", "found the least", "epochs trained", "ms a trial"],
                "rows": rows,
                "note": "Above the least loss: the best validation loss that a search met less the least one of the "
                "table. Milliseconds: of the processor for choosing, without training.",
            }
        ],
        {**samples, "table": {",".join(map(str, point)): curve for point, curve in table.items()}},
        packages,
        command="python benchmarks/bench_tuners.py",
    )


if __name__ == "__main__":
    main()
