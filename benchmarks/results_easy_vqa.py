"""Questions about drawn shapes: two networks, each on the question alone, the image alone, and both."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from functools import lru_cache
from typing import Any

import keras
import numpy as np
from experiment import kept_run, mean_and_spread, write_result

import multimodal_zoo as mz

SEEDS = range(3)
NETWORKS = ("co_attention_vqa", "stacked_attention_vqa")
LEFT_OUT = {"question alone": "image", "image alone": "question", "both": None}
# Half of the side: the shapes can still be told apart, and an epoch takes a quarter of the time.
SIDE = 32
NETWORK = {"filters": (16, 32, 64), "dropout": 0.1}
TRAINING = {"epochs": 12, "batch_size": 64, "learning_rate": 2e-3, "patience": 4}
# Alone, either has learned what there is to learn within an epoch.
ALONE = {**TRAINING, "epochs": 4, "patience": 1}


@lru_cache(maxsize=1)
def data() -> Any:
    """The data set, its images to be read at the smaller size."""
    official = mz.load_dataset("easy-vqa")
    image = dataclasses.replace(official.modalities["image"], height=SIDE, width=SIDE)
    return dataclasses.replace(official, modalities={**official.modalities, "image": image})


def train(network: str, left_out: str | None, seed: int) -> dict[str, Any]:
    """One network, without one of its modalities or with both."""
    arguments = {**NETWORK, **({left_out: None} if left_out else {})}
    recipe = ALONE if left_out else TRAINING
    bundle = mz.train_named(network, data(), seed=seed, arguments=arguments, verbose=0, **recipe)
    outcome = {
        "test": bundle.metrics["test"]["accuracy"],
        "epochs": bundle.metrics["epochs"],
        "training_seconds": bundle.metrics["seconds"],
        "parameters": bundle.model.count_params(),
    }
    keras.utils.clear_session()
    return outcome


def share_right(given: np.ndarray) -> float:
    """Test accuracy of these answers."""
    return float(np.mean(given == data().split("test").labels))


def most_frequent_answer() -> float:
    """Test accuracy of the one answer that is most frequent in training."""
    return share_right(np.bincount(data().split("train").labels).argmax())


def most_frequent_answer_by_text() -> float:
    """Test accuracy of the answer most frequent in training for the same text."""
    answers: dict[str, Counter[int]] = defaultdict(Counter)
    training = data().split("train")
    for text, answer in zip(training.columns["question"], training.labels, strict=True):
        answers[text][answer] += 1
    return share_right(
        np.array([answers[text].most_common(1)[0][0] for text in data().split("test").columns["question"]])
    )


def main() -> None:
    """Run what is not there yet and write the result."""
    samples: dict[str, Any] = {
        "most frequent answer": most_frequent_answer(),
        "most frequent answer to the same text": most_frequent_answer_by_text(),
    }
    rows = [[label, "–", f"{100 * share:.1f}", None, None, None] for label, share in samples.items()]
    for network in NETWORKS:
        for label, left_out in LEFT_OUT.items():
            runs = [
                kept_run(
                    f"easy-vqa-{network}-{label.replace(' ', '-')}-{seed}",
                    lambda n=network, one=left_out, s=seed: train(n, one, s),
                )
                for seed in SEEDS
            ]
            samples[f"{network}, {label}"] = runs
            rows.append(
                [
                    f"`{network}`",
                    label,
                    mean_and_spread((run["test"] for run in runs), 100, 1 if left_out else 2),
                    runs[0]["parameters"],
                    mean_and_spread((run["training_seconds"] / 60 for run in runs), 1, 1),
                    len(runs),
                ]
            )
    table = {
        "title": "Accuracy on questions about the official test images",
        "columns": ["network", "reads", "test accuracy, %", "parameters", "minutes of training", "seeds"],
        "rows": rows,
        "note": "The texts of the test questions all occur in training, the images never.",
    }
    protocol = (
        f"official test images; validation by image; images read at {SIDE} x {SIDE}; the epoch with the lowest "
        "validation loss is kept"
    )
    write_result("easy-vqa", "Questions about drawn shapes", protocol, [table], samples)


if __name__ == "__main__":
    main()
