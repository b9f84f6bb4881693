"""Remaining life of turbofan engines: sensors and state together, each alone, and without a network."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import keras
import numpy as np
from experiment import kept_run, mean_and_spread, write_result
from sklearn.linear_model import Ridge

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records
from multimodal_zoo.metrics import regression_metrics, remaining_life_score
from multimodal_zoo.recipes import recipe_named, train_row
from multimodal_zoo.training.evaluate import predictions_on

SEEDS = range(3)
RECIPE = recipe_named("cmapss-fd001/machine_health")
PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)
# RMSE with the remaining life capped, as its authors report it.
PUBLISHED = {"LSTM, Zheng 2017": 16.14}


@lru_cache(maxsize=2)
def data(protocol: str) -> Any:
    """The data set with capped or with uncapped labels."""
    return mz.load_dataset(f"cmapss-fd001:{protocol}")


def figures(predictions: np.ndarray) -> dict[str, float]:
    """RMSE and score of predictions for the test engines, RMSE also against what is left without the cap."""
    capped, uncapped = (data(protocol).split("test").labels for protocol in ("capped", "uncapped"))
    predictions = predictions.reshape(-1)
    return {
        "rmse": rmse(capped, predictions),
        "score": remaining_life_score(capped, predictions),
        "rmse, uncapped": rmse(uncapped, predictions),
    }


def rmse(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Root of the mean squared error."""
    return regression_metrics(labels, predictions)["rmse"]


def summaries(records: Records) -> np.ndarray:
    """Mean, end and trend of each sensor over its window, and the state, `(records, 3 * 21 + 4)`."""
    rows = []
    for window in records.columns["sensors"]:
        window = window.astype("float64")
        mean = window.mean(0)
        place = np.linspace(-1.0, 1.0, len(window))
        rows.append([mean, window[-5:].mean(0), place @ (window - mean) / (place @ place)])
    sensors = np.array(rows).reshape(len(records), -1)
    return np.concatenate([sensors, records.columns["state"].astype("float64")], axis=1)


def linear_predictions() -> np.ndarray:
    """Ridge regression on summaries of the sensors and the state; its penalty is the best on the validation engines."""
    splits = data("capped").splits
    features = {name: summaries(one) for name, one in splits.items()}
    mean, deviation = features["train"].mean(0), features["train"].std(0)
    # What is constant, but for rounding, in the training engines says nothing.
    scale = np.where(deviation > 1e-6 * np.abs(mean), deviation, np.inf)
    features = {name: (one - mean) / scale for name, one in features.items()}
    every = [Ridge(penalty).fit(features["train"], splits["train"].labels) for penalty in PENALTIES]
    best = min(every, key=lambda one: rmse(splits["validation"].labels, one.predict(features["validation"])))
    return best.predict(features["test"])


def baselines() -> dict[str, Any]:
    """Figures without a network."""
    own = data("capped")
    constant = np.full(len(own.split("test")), own.split("train").labels.mean())
    return {"constant: the mean of training": figures(constant), "linear": figures(linear_predictions())}


def train(seed: int) -> dict[str, Any]:
    """The networks with one seed: each modality alone, both, and both with one missing."""
    alone, both, _ = train_row(RECIPE, seed, verbose=0)
    outcome = {f"{name} alone": outcome_of(bundle) for name, bundle in alone.items()}
    outcome["both"] = outcome_of(both)
    keras.utils.clear_session()
    return outcome


def outcome_of(bundle: mz.Bundle) -> dict[str, Any]:
    """The figures of one network, and those with each modality missing where it may be."""
    test = data("capped").split("test")
    outcome = {
        "epochs": bundle.metrics["epochs"],
        "parameters": bundle.model.count_params(),
        "validation": bundle.metrics["validation"]["rmse"],
        "test": figures(predictions_on(bundle, test)[1]),
    }
    for name in bundle.modalities if bundle.has_presence else ():
        outcome[f"without {name}"] = figures(predictions_on(bundle, test, without=[name])[1])
    return outcome


def main() -> None:
    """Run what is not there yet and write the result."""
    plain = kept_run("cmapss-baselines", baselines)
    every = [kept_run(f"cmapss-{seed}", lambda s=seed: train(s)) for seed in SEEDS]
    runs = {label: [one[label] for one in every] for label in ("sensors alone", "state alone", "both")}
    digits = {"rmse": 2, "score": 0, "rmse, uncapped": 2}

    def row(label: str, outcomes: list[dict[str, float]]) -> list[Any]:
        cells = (mean_and_spread((one[name] for one in outcomes), digits=count) for name, count in digits.items())
        return [label, *cells, len(outcomes)]

    rows = [row(label, [plain[label]]) for label in ("constant: the mean of training", "linear")]
    rows += [row(label, [one["test"] for one in own]) for label, own in runs.items()]
    rows += [
        row(f"both, {name} missing at test time", [one[f"without {name}"] for one in runs["both"]])
        for name in ("state", "sensors")
    ]
    rows += [
        [f"{label} (a reference figure, not measured by this command)", f"{value:.2f}", None, None, None]
        for label, value in PUBLISHED.items()
    ]
    gain = np.subtract(
        [one["test"]["rmse"] for one in runs["sensors alone"]], [one["test"]["rmse"] for one in runs["both"]]
    )
    tables = [
        {
            "title": "Cycles left of 100 test engines, `machine_health`; lower is better",
            "columns": ["network", "RMSE", "score", "RMSE, cycles left not capped", "seeds"],
            "rows": rows,
            "note": f"Both against sensors alone: {mean_and_spread(gain, digits=2)} cycles of RMSE (negative: worse). "
            "`linear` is a ridge regression on mean, end and trend of each sensor and the state. The score is NASA's: "
            "a sum over the engines, late answers weigh more. The networks learn from 80 of the 100 training engines.",
        }
    ]
    protocol = (
        "C-MAPSS FD001, a simulation; the last 60 cycles of each official test engine, cycles left capped at 125; one "
        "training engine in five for validation, on which all settings were chosen"
    )
    samples = {"networks": runs, "without a network": plain}
    write_result("cmapss", "Remaining life of turbofan engines", protocol, tables, samples)


if __name__ == "__main__":
    main()
