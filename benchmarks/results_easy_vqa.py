"""Questions about drawn shapes: two networks, each on the question alone, the image alone, and both."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections import Counter, defaultdict
from typing import Any

import keras
import numpy as np
from experiment import kept_run, mean_and_spread, write_result

import multimodal_zoo as mz
from multimodal_zoo.training import build_for
from multimodal_zoo.training.pipeline import steps_per_epoch

SEEDS = range(3)
# Half of the side: the shapes can still be told apart, and an epoch takes a quarter of the time.
SIDE = 32
SMALL = {"filters": (16, 32, 64), "dropout": 0.1}
NETWORKS = {
    "co_attention_vqa": SMALL,
    # Its answer is a linear map of question plus look, so whether a shape is what was asked for, and not, is for the
    # hidden layer of the attention to tell.
    "stacked_attention_vqa": {**SMALL, "attention_dim": 256, "joint_dim": 128},
}
LEFT_OUT = {"both": None, "question alone": "image", "image alone": "question"}
# Alone, either has learned what there is to learn within an epoch or two.
EPOCHS = {"both": 12, "question alone": 4, "image alone": 4}
PATIENCE = {"both": 4, "question alone": 1, "image alone": 1}
BATCH_SIZE = 64
LEARNING_RATE = 2e-3  # at the start; it falls to nothing in the form of a cosine


@functools.lru_cache(maxsize=1)
def data() -> Any:
    """The data set, its images to be read at the smaller size."""
    official = mz.load_dataset("easy-vqa")
    image = dataclasses.replace(official.modalities["image"], height=SIDE, width=SIDE)
    return dataclasses.replace(official, modalities={**official.modalities, "image": image})


def train(network: str, reads: str, seed: int) -> dict[str, Any]:
    """One network, without one of its modalities or with both."""
    keras.utils.set_random_seed(seed)
    left_out = LEFT_OUT[reads]
    model = build_for(network, data(), {**NETWORKS[network], **({left_out: None} if left_out else {})})
    steps = EPOCHS[reads] * steps_per_epoch(len(data().split("train")), BATCH_SIZE)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    bundle = mz.fit(
        model, data(), epochs=EPOCHS[reads], batch_size=BATCH_SIZE, patience=PATIENCE[reads], seed=seed, verbose=2
    )
    outcome = {
        "test": mz.evaluate(bundle, data().split("test"))["accuracy"],
        "epochs": bundle.metrics["epochs"],
        "best_epoch": bundle.metrics["best_epoch"],
        "training_seconds": bundle.metrics["seconds"],
        "parameters": model.count_params(),
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
    rows = [[label, "–", f"{100 * share:.2f}", None, None, None] for label, share in samples.items()]
    # Seed by seed, so that a run that is stopped leaves whole comparisons.
    runs: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for seed, network, reads in itertools.product(SEEDS, NETWORKS, LEFT_OUT):
        name = f"easy-vqa-{network}-{reads.replace(' ', '-')}-{seed}"
        runs[network, reads].append(kept_run(name, functools.partial(train, network, reads, seed)))
    for (network, reads), outcomes in runs.items():
        samples[f"{network}, {reads}"] = outcomes
        rows.append(
            [
                f"`{network}`",
                reads,
                mean_and_spread((one["test"] for one in outcomes), 100, 2),
                outcomes[0]["parameters"],
                mean_and_spread((one["training_seconds"] / 60 for one in outcomes), 1, 1),
                len(outcomes),
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
