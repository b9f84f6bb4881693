"""A tiny language: two letters, each heard as a tone of its own, with silence between them."""

from __future__ import annotations

import keras
import numpy as np

from multimodal_zoo.datasets import Records, column
from multimodal_zoo.modalities import Series
from multimodal_zoo.models import speech_recognizer

NAMES = ("", " ", "A", "B")
SMALL = {"filters": (8,), "strides": (1,), "kernel": 3, "units": 8, "dropout": 0.0}


class Spelling:
    """A data set of it, as `fit` and `evaluate` take one."""

    class_names = NAMES

    def __init__(self, train: int = 64, validation: int = 32) -> None:
        self.splits = {"train": spoken(train, 0), "validation": spoken(validation, 1)}

    def split(self, name: str) -> Records:
        """One of the two."""
        return self.splits[name]


def spoken(count: int, seed: int) -> Records:
    """Texts of one to four letters in one or two words, and how they sound."""
    random = np.random.default_rng(seed)
    sounds, labels = [], np.zeros((count, 5), np.int32)
    for row in labels:
        text = random.integers(2, 4, random.integers(1, 5)).tolist()
        if len(text) > 2:
            text[1:1] = [1]
        row[: len(text)] = text
        # Each letter for two steps, a step of silence behind it; a space is a longer silence.
        steps = [tone for one in text for tone in ([0, 0] if one == 1 else [one - 1, one - 1, 0])]
        sounds.append(np.eye(3)[steps][:, 1:] + random.normal(0, 0.1, (len(steps), 2)))
    return Records({"audio": column(one.astype("float32") for one in sounds)}, labels)


def tiny_recognizer(**arguments: object) -> keras.Model:
    """A network that learns it in seconds."""
    return speech_recognizer(Series(2, 16, keep="oldest"), num_classes=len(NAMES), **{**SMALL, **arguments})
