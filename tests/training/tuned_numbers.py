"""A tiny data set for searches, whose test split nobody may read, and one that ends a process that reads it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets import DataSet, DataSetCard, Records
from multimodal_zoo.modalities import Numeric


@dataclass(frozen=True)
class WithoutTest(DataSet):
    """Its test split is there, and reading it is an error."""

    def split(self, name: str) -> Records:
        if name == "test":
            raise AssertionError("A search has read the test split.")
        return super().split(name)


@dataclass(frozen=True)
class DeadlyOnce(WithoutTest):
    """The first process beside the main one that reads it is killed; `mark` tells that one was."""

    mark: Path = Path()

    def split(self, name: str) -> Records:
        if multiprocessing.parent_process() is not None:
            try:
                self.mark.touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().split(name)


def clicks(count: int, seed: int) -> Records:
    """A click where two numbers have the same sign."""
    random = np.random.default_rng(seed)
    one, two = random.normal(size=(2, count, 2)).astype("float32")
    return Records({"one": one, "two": two}, (one[:, 0] * two[:, 0] > 0).astype("float32"))


def numbers_data(kind: type[DataSet] = WithoutTest, **fields: object) -> DataSet:
    """Clicks by two pairs of numbers."""
    card = DataSetCard("pairs", "SYNTHETIC pairs", "ranking", "", "", "", {"default": ""}, synthetic=True)
    splits = {"train": clicks(256, 0), "validation": clicks(64, 1), "test": clicks(8, 2)}
    return kind(card, "default", {"one": Numeric(2), "two": Numeric(2)}, (), splits, **fields)
