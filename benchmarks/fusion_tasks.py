"""The data sets that the fusion operators are compared on, with the network and the budget that all of them share."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

import keras
import numpy as np
from frozen_encodings import chest_parts, digit_parts
from fusion_networks import vector_network, video_network
from mosi_parts import mixed, mosi_parts
from parts import Part
from repeated_training import Budget
from results_covid_cxr import FOLDS, patients_of_the_test_rows
from synthetic_interactions import INTERACTIONS, synthetic_parts

from multimodal_zoo.datasets import mosi_videos
from multimodal_zoo.datasets.spoken_digits import IMAGES_PER_RECORDING

LONGEST_VIDEO = 63


@dataclasses.dataclass(frozen=True)
class Task:
    """A data set of the comparison.

    Args:
        title: as in the tables.
        modalities: in the order of presence.
        variants: what is trained and tested one by one: kinds of made-up data, or folds.
        parts: `(variant, seed)` -> "train", "validation", "test".
        network: `(widths, classes, fusion)` -> network.
        budget: of every training.
        vary: changes the training rows in every epoch.
        auc: the figure is the AUC over all variants' test rows, not the accuracy of each variant.
        groups: `()` -> group of each test row; rows that depend on each other are resampled together. None for made-up
            data, which are drawn anew for every seed.
        groups_are: what the groups are.
        note: what a reader of the figures should know.
    """

    title: str
    modalities: tuple[str, ...]
    variants: tuple[str, ...]
    parts: Callable[[str, int], dict[str, Part]]
    network: Callable[[Mapping[str, int], int, str], keras.Model]
    budget: Budget
    vary: Callable[[Part, np.random.Generator], Part] | None = None
    auc: bool = False
    groups: Callable[[], np.ndarray] | None = None
    groups_are: str = ""
    note: str = ""


def videos_of_the_test_utterances() -> np.ndarray:
    """mosi: the video of each test utterance."""
    return np.nonzero(mosi_videos()["test"].mask)[0]


def recordings_of_the_test_rows() -> np.ndarray:
    """spoken-digits: the recording of each test row."""
    return np.arange(len(digit_parts()["test"])) // IMAGES_PER_RECORDING


TASKS = {
    "synthetic": Task(
        "SYNTHETIC pairs of vectors",
        ("a", "b"),
        tuple(INTERACTIONS),
        synthetic_parts,
        functools.partial(vector_network, dim=16, dropout=0.1, modality_dropout=0.1),
        Budget(epochs=40, patience=12, batch_size=200, learning_rate=5e-3),
    ),
    "mosi": Task(
        "mosi, sentiment of an utterance in its video",
        ("text", "audio", "video"),
        ("official test videos",),
        functools.lru_cache(lambda variant, seed: mosi_parts(LONGEST_VIDEO)),
        functools.partial(video_network, length=LONGEST_VIDEO, dim=32, dropout=0.4, modality_dropout=0.1, steps=3),
        Budget(epochs=40, patience=8, batch_size=10, learning_rate=2e-3),
        vary=mixed,
        groups=videos_of_the_test_utterances,
        groups_are="videos",
        note="Official test videos. A convolution over the utterances of a video before the fusion, in each modality, "
        "and one after it. The published text and video features know the labels of their training part, so in "
        "training and validation the utterances are mixed with each other (benchmarks/mosi_parts.py).",
    ),
    "spoken-digits": Task(
        "spoken-digits, unseen takes",
        ("audio", "image"),
        ("take",),
        lambda variant, seed: digit_parts(),
        functools.partial(vector_network, dim=32, dropout=0.2, modality_dropout=0.15),
        Budget(epochs=30, patience=8, batch_size=100, learning_rate=2e-3),
        groups=recordings_of_the_test_rows,
        groups_are="recordings",
        note="Frozen encodings by a network of each modality alone, which learned on one half of the training "
        "recordings; the operators learn on the other half. Sound and picture are paired by class, "
        "not recorded together.",
    ),
    "covid-cxr": Task(
        "covid-cxr, COVID-19 against other",
        ("image", "report"),
        tuple(f"fold {fold}" for fold in FOLDS),
        lambda variant, seed: chest_parts(int(variant[-1])),
        functools.partial(vector_network, dim=16, dropout=0.4, modality_dropout=0.15),
        Budget(epochs=60, patience=10, batch_size=32, learning_rate=5e-3),
        auc=True,
        groups=patients_of_the_test_rows,
        groups_are="patients",
        note="All test patients of the five folds. Frozen encodings: principal components of the pixels and of the "
        "TF-IDF of the notes, fitted on the training part without labels.",
    ),
}
