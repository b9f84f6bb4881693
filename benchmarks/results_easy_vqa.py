"""Questions about drawn shapes: two networks that look at image and question, beside what either tells alone.

python benchmarks/results_easy_vqa.py                             runs what is not kept yet, and writes the result
python benchmarks/results_easy_vqa.py --only co_attention_vqa 0   trains and keeps this network with this seed alone
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from typing import Any

import keras
import numpy as np
from experiment import kept_run, mean_and_spread, write_result
from seed_by_seed import seed_by_seed

import multimodal_zoo as mz
from multimodal_zoo.training import build_for
from multimodal_zoo.training.pipeline import steps_per_epoch

SEEDS = range(3)
# Half of the side: the shapes can still be told apart, and an epoch takes a quarter of the time.
SIDE = 32
# There are few images, each with some ten questions: without these the small CNN learns them by heart.
AUGMENTATION = {"flip": True, "crop": 0.1}
SMALL = {"filters": (16, 32, 64), "dropout": 0.1}
NETWORKS = {
    "co_attention_vqa": SMALL,
    # With the linear answer of the paper it learns colours and shapes, and answers yes or no by the question alone.
    "stacked_attention_vqa": {**SMALL, "answer_units": 128},
}
EPOCHS = {"co_attention_vqa": 10, "stacked_attention_vqa": 12}
PATIENCE, BATCH_SIZE = 4, 64
LEARNING_RATE = 2e-3  # at the start; it falls to nothing in the form of a cosine


@functools.lru_cache(maxsize=1)
def data() -> Any:
    """The data set, its images to be read at the smaller size and, in training, varied."""
    official = mz.load_dataset("easy-vqa")
    image = dataclasses.replace(official.modalities["image"], height=SIDE, width=SIDE, **AUGMENTATION)
    return dataclasses.replace(official, modalities={**official.modalities, "image": image})


def train(network: str, seed: int) -> dict[str, Any]:
    """One network with one seed."""
    keras.utils.set_random_seed(seed)
    model = build_for(network, data(), NETWORKS[network])
    steps = EPOCHS[network] * steps_per_epoch(len(data().split("train")), BATCH_SIZE)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    bundle = mz.fit(
        model, data(), epochs=EPOCHS[network], batch_size=BATCH_SIZE, patience=PATIENCE, seed=seed, verbose=2
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


def kept(network: str, seed: int) -> dict[str, Any]:
    """The outcome of one network with one seed, trained only if it was not before."""
    return kept_run(f"easy-vqa-{network}-{seed}", functools.partial(train, network, seed))


def most_frequent(keys: Iterable[Hashable], answers: np.ndarray) -> dict[Hashable, int]:
    """The most frequent answer for each key."""
    counted: dict[Hashable, Counter[int]] = defaultdict(Counter)
    for key, answer in zip(keys, answers.tolist(), strict=True):
        counted[key][answer] += 1
    return {key: counter.most_common(1)[0][0] for key, counter in counted.items()}


def without_network() -> dict[str, float]:
    """Test accuracy of what needs no network, by what it reads."""
    training, test = data().split("train"), data().split("test")
    by_text = most_frequent(training.columns["question"], training.labels)
    by_test_image = most_frequent(test.columns["image"], test.labels)
    answers = {
        "nothing: the most frequent answer": np.bincount(training.labels).argmax(),
        "the question: the most frequent answer to it": [by_text[text] for text in test.columns["question"]],
        "the image, at most: one answer to all its questions": [by_test_image[one] for one in test.columns["image"]],
    }
    return {reads: float(np.mean(given == test.labels)) for reads, given in answers.items()}


def write(outcomes: dict[str, list[dict[str, Any]]]) -> None:
    """Write the result."""
    baselines = without_network()
    rows = [["–", reads, f"{100 * share:.2f}", None, None, None] for reads, share in baselines.items()]
    for network, runs in outcomes.items():
        rows.append(
            [
                f"`{network}`",
                "image and question",
                mean_and_spread((one["test"] for one in runs), 100, 2),
                runs[0]["parameters"],
                mean_and_spread((one["training_seconds"] / 60 for one in runs), 1, 1),
                len(runs),
            ]
        )
    table = {
        "title": "Accuracy on questions about the official test images",
        "columns": ["network", "reads", "test accuracy, %", "parameters", "minutes of training", "seeds"],
        "rows": rows,
        "note": "The texts of the test questions all occur in training, the images never: no network that reads the "
        "question alone can learn more than the most frequent answer to it. The third row knows the test answers and "
        "is what a network that reads the image alone cannot exceed.",
    }
    protocol = (
        f"official test images; validation by image; images read at {SIDE} x {SIDE}, mirrored and shifted in training; "
        "the epoch with the lowest validation loss is kept"
    )
    write_result("easy-vqa", "Questions about drawn shapes", protocol, [table], {**baselines, **outcomes})


def main() -> None:
    """Run what is not there yet and write the result."""
    outcomes = seed_by_seed(__doc__, "network", list(NETWORKS), SEEDS, kept)
    if outcomes is not None:
        write(outcomes)


if __name__ == "__main__":
    main()
