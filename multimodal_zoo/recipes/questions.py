"""Questions about drawn shapes: two networks that look at image and question."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any

import keras
import numpy as np

from multimodal_zoo.datasets import DataSet
from multimodal_zoo.recipes.recipe import Figures, Recipe, add_recipes

SMALL = {"filters": (16, 32, 64), "dropout": 0.1}


def most_frequent(keys: Iterable[Hashable], answers: np.ndarray) -> dict[Hashable, int]:
    """The most frequent answer for each key."""
    counted: dict[Hashable, Counter[int]] = defaultdict(Counter)
    for key, answer in zip(keys, answers.tolist(), strict=True):
        counted[key][answer] += 1
    return {key: counter.most_common(1)[0][0] for key, counter in counted.items()}


def by_question(data: DataSet) -> Figures:
    """The most frequent answer to the question in training: no network of the question alone can learn more."""
    train, test = data.split("train"), data.split("test")
    answers = most_frequent(train.columns["question"], train.labels)
    return {"accuracy": float(np.mean([answers[text] for text in test.columns["question"]] == test.labels))}


def by_image(data: DataSet) -> Figures:
    """One answer to all questions about an image, the best one: what a network of the image alone cannot exceed."""
    test = data.split("test")
    answers = most_frequent(test.columns["image"], test.labels)
    return {"accuracy": float(np.mean([answers[one] for one in test.columns["image"]] == test.labels))}


def falling(epochs: int) -> Callable[[int], keras.optimizers.Optimizer]:
    """Adam whose rate falls from 2e-3 to nothing over all epochs, in the form of a cosine."""
    return lambda steps: keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, epochs * steps))


def questions(network: str, epochs: int, arguments: dict[str, Any]) -> Recipe:
    """A network that answers questions."""
    return Recipe(
        row=f"easy-vqa/{network}",
        network=network,
        data="easy-vqa",
        figure="accuracy",
        fit={"epochs": epochs, "batch_size": 64, "patience": 4},
        arguments=arguments,
        # Half of the side: the shapes can still be told apart, and an epoch takes a quarter of the time. There are few
        # images, each with some ten questions: unless they are varied, the small CNN learns them by heart.
        modalities={"image": {"height": 32, "width": 32, "flip": True, "crop": 0.1}},
        optimizer=falling(epochs),
        baselines={
            "the most frequent answer to the question": by_question,
            "the image, at most: one answer to all its questions": by_image,
        },
        notes="The texts of the test questions all occur in training, the images never.",
        long=True,
    )


add_recipes(
    questions("co_attention_vqa", 10, SMALL),
    # With the linear answer of the paper it learns colours and shapes, and answers yes or no by the question alone.
    questions("stacked_attention_vqa", 12, {**SMALL, "answer_units": 128}),
)
