"""Made-up drives, rooms and people: every sensor alone, all together, and all with one missing.

python benchmarks/results_scenes.py                          runs what is not kept yet, and writes the result
python benchmarks/results_scenes.py --only surveillance 0    trains and keeps this network with this seed alone
"""

from __future__ import annotations

import functools
import json
from typing import Any

import keras
import numpy as np
import results_spoken_digits
from experiment import RESULTS, kept_run, mean_and_spread, write_result
from seed_by_seed import seed_by_seed
from sklearn.metrics import roc_auc_score

import multimodal_zoo as mz
from multimodal_zoo.metrics import anomaly_score
from multimodal_zoo.recipes import recipe_named, train_row
from multimodal_zoo.training.evaluate import predictions_on

SEEDS = range(3)
DATA = {
    "driving_perception": "synthetic-drive",
    "surveillance": "synthetic-scene",
    "interaction_vr": "synthetic-interaction",
}
GRAPH = "audio_visual_graph"


@functools.lru_cache(maxsize=1)
def data(network: str) -> Any:
    """The data set of a network."""
    return mz.load_dataset(DATA[network])


def figures(bundle: mz.Bundle, split: str, without: tuple[str, ...] = ()) -> dict[str, float]:
    """Accuracy on a split, perhaps without some sensors, and how well the anomaly score ranks where one is normal."""
    labels, probabilities, _ = predictions_on(bundle, data(bundle.model.name).split(split), without=without)
    found = {"accuracy": float(np.mean(probabilities.argmax(axis=1) == labels))}
    if "normal" in bundle.class_names:
        normal = bundle.class_names.index("normal")
        found["anomaly AUC"] = float(roc_auc_score(labels != normal, anomaly_score(probabilities, normal)))
    return found


def train(network: str, seed: int) -> dict[str, Any]:
    """Each sensor alone, then all, which starts from the encoders of these, and all without each."""
    alone, whole, _ = train_row(recipe_named(f"{DATA[network]}/{network}"), seed, verbose=0)
    outcome: dict[str, Any] = {
        f"{name} alone": {part: figures(bundle, part) for part in ("validation", "test")}
        for name, bundle in alone.items()
    }
    outcome["all"] = {
        "validation": figures(whole, "validation"),
        "test": figures(whole, "test"),
        **{f"without {name}": figures(whole, "test", (name,)) for name in alone},
        "epochs": whole.metrics["epochs"],
        "training_seconds": whole.metrics["seconds"],
        "parameters": whole.model.count_params(),
    }
    keras.utils.clear_session()
    return outcome


def kept(network: str, seed: int) -> dict[str, Any]:
    """The outcome of one network with one seed, trained only if it was not before."""
    run = functools.partial(train, network, seed)
    if network == GRAPH:
        run = functools.partial(results_spoken_digits.train, "take", seed, GRAPH)
    return kept_run(f"scenes-{network}-{seed}", run)


def majority(network: str) -> dict[str, float]:
    """Test figures of the answer that is the most frequent one in training."""
    answer = np.bincount(data(network).split("train").labels).argmax()
    found = {"accuracy": float(np.mean(data(network).split("test").labels == answer))}
    return {**found, "anomaly AUC": 0.5} if "normal" in data(network).class_names else found


def table_of(network: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """What one network reaches with which sensors."""
    sensors = tuple(data(network).modalities)
    lines = {
        "nothing: the most frequent class": [majority(network)],
        **{f"{name} alone": [one[f"{name} alone"]["test"] for one in runs] for name in sensors},
        "all": [one["all"]["test"] for one in runs],
        **{f"all, {name} missing at test time": [one["all"][f"without {name}"] for one in runs] for name in sensors},
    }
    columns = {"accuracy": "test accuracy, %", "anomaly AUC": "ROC AUC of the anomaly score, %"}
    columns = {figure: title for figure, title in columns.items() if figure in runs[0]["all"]["test"]}
    best = max(sensors, key=lambda name: np.mean([one["accuracy"] for one in lines[f"{name} alone"]]))
    seconds = mean_and_spread((one["all"]["training_seconds"] for one in runs), 1, 0)
    gain = np.subtract(*([one["accuracy"] for one in lines[label]] for label in ("all", f"{best} alone")))
    return {
        "title": f"`{network}` on {DATA[network]} (SYNTHETIC)",
        "columns": ["reads", *columns.values(), "seeds"],
        "rows": [
            [label, *(mean_and_spread((one[figure] for one in own), 100, 1) for figure in columns), len(own)]
            for label, own in lines.items()
        ],
        "note": f"All against the best sensor alone, {best}: {mean_and_spread(gain, 100, 1)} points. "
        f"{runs[0]['all']['parameters']} parameters, {seconds} seconds of training. {data(network).card.notes}",
    }


def graph_table(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The graph of segments and regions beside the fusion of two vectors, as its own result tells it."""
    fused = json.loads((RESULTS / "spoken-digits.json").read_text())["samples"]["take"]
    rows = []
    for label, own in {f"`{GRAPH}`": runs, "`audio_visual_fusion`, from spoken-digits.json": fused}.items():
        read = {
            "audio alone": [one["audio"]["test"] for one in own],
            "image alone": [one["image"]["test"] for one in own],
            "both": [one["both"]["test"] for one in own],
            "both, image missing at test time": [one["both"]["without image"] for one in own],
            "both, audio missing at test time": [one["both"]["without audio"] for one in own],
        }
        rows += [[label, what, mean_and_spread(values, 100, 1), len(values)] for what, values in read.items()]
    return {
        "title": f"`{GRAPH}` on spoken-digits, protocol take",
        "columns": ["network", "reads", "test accuracy, %", "seeds"],
        "rows": rows,
        "note": "Recordings and pictures are paired by class. Both networks are trained alike: each modality alone, "
        "then both, started from the encoders of these.",
    }


def main() -> None:
    """Run what is not there yet and write the result."""
    runs = seed_by_seed(__doc__, "network", (*DATA, GRAPH), SEEDS, kept)
    if runs is None:
        return
    tables = [table_of(network, runs[network]) for network in DATA]
    protocol = (
        "SYNTHETIC drives, rooms and people, made by this package, no drive, room or person in two splits; "
        "spoken-digits is real. Each network of all sensors starts from the encoders of those that had one. All "
        "settings were chosen on validation; the epoch with the lowest validation loss is kept"
    )
    write_result("scenes", "Made-up scenes", protocol, [*tables, graph_table(runs[GRAPH])], runs)


if __name__ == "__main__":
    main()
