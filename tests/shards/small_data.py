"""A small data set of several kinds of modalities, some of them absent, whose labels number the records."""

from __future__ import annotations

import numpy as np

from multimodal_zoo.datasets import DataSet, Records, column
from multimodal_zoo.modalities import MultiCategorical, Numeric, Series, Text
from tests.made_up_data import made_up_data

MODALITIES = {"note": Text(50, 4), "tags": MultiCategorical(20, 3), "age": Numeric(2), "sensors": Series(2, 4)}


def records(first: int, count: int) -> Records:
    """Records that are labelled by their number, from `first` on; what they hold follows from it."""
    numbers = range(first, first + count)
    return Records(
        {
            "note": column([f"note {number}" if number % 3 else "" for number in numbers]),
            "tags": column([[f"tag{number % 7}"] * (number % 4) for number in numbers]),
            "age": np.array([[number, np.nan if number % 5 else 1.0] for number in numbers], "float32"),
            "sensors": column([np.full((number % 3, 2), number, "float32") for number in numbers]),
        },
        np.arange(first, first + count, dtype="int32"),
    )


def small_data(train: int = 23, validation: int = 7, test: int = 4) -> DataSet:
    """The data set; its splits hold the numbers from 0 on, one after the other."""
    splits = {
        "train": records(0, train),
        "validation": records(train, validation),
        "test": records(train + validation, test),
    }
    return made_up_data("small", "regression", MODALITIES, splits)
