"""A tiny data set and model of image and text for the training tests."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from multimodal_zoo.datasets import Records, column
from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.models import lstnet_diagnosis


def png(left: bool, random: np.random.Generator) -> bytes:
    """A picture whose left or right half is bright."""
    pixels = random.integers(0, 100, (12, 12, 1))
    pixels[:, :6] += 120 * left
    pixels[:, 6:] += 120 * (not left)
    return tf.io.encode_png(tf.constant(pixels, tf.uint8)).numpy()


def held_records(count: int, seed: int, **replaced: dict) -> Records:
    """`count` records; `replaced` gives raw values by modality and row, such as `image={3: b"junk"}`."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count).astype("int32")
    columns = {
        "image": [png(bool(label), random) for label in labels],
        "report": ["fever and " + ("opacity left" if label else "clear lungs") for label in labels],
    }
    for name, rows in replaced.items():
        for row, value in rows.items():
            columns[name][row] = value
    return Records({name: column(values) for name, values in columns.items()}, labels)


def records(count: int, seed: int, **replaced: dict) -> tf.data.Dataset:
    """The same, one after the other."""
    return held_records(count, seed, **replaced).dataset()


def tiny_model(**arguments):
    settings = {"filters": (4, 8), "units": 8, "embedding_dim": 8, "joint_dim": 8, "missing_modalities": True}
    return lstnet_diagnosis(Image(8, 8, 1), Text(20, 8), **{**settings, **arguments})


def picture_model(**arguments):
    """The same of pictures alone, without the recurrent layers of the report, whose tracing takes most of the time."""
    settings = {"filters": (4, 8), "joint_dim": 8}
    return lstnet_diagnosis(Image(8, 8, 1), None, **{**settings, **arguments})
