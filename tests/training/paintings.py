"""Small painted squares and what they are called, for the tests of retrieval."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from multimodal_zoo.datasets import Records, column
from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.models import image_text_retrieval

COLOURS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "white": (1, 1, 1)}
HALVES = ("left", "right", "upper", "lower")
NAMES = tuple(f"{colour} {half}" for colour in COLOURS for half in HALVES)


def painted(name: str, random: np.random.Generator) -> bytes:
    """A dark, noisy square of which one half has a colour, as a PNG."""
    colour, half = name.split()
    pixels = random.integers(0, 60, (12, 12, 3))
    rows, columns = {
        "left": (slice(None), slice(6)),
        "right": (slice(None), slice(6, 12)),
        "upper": (slice(6), slice(None)),
        "lower": (slice(6, 12), slice(None)),
    }[half]
    pixels[rows, columns] += 180 * np.array(COLOURS[colour])
    return tf.io.encode_png(tf.constant(pixels, tf.uint8)).numpy()


def records(copies: int, seed: int) -> Records:
    """Each of the sixteen paintings some times, with its name; the label is the number of the name."""
    random = np.random.default_rng(seed)
    numbers = np.tile(np.arange(len(NAMES), dtype=np.int32), copies)
    images = column(painted(NAMES[number], random) for number in numbers)
    return Records({"image": images, "text": column(f"the {NAMES[number]} half" for number in numbers)}, numbers)


def tiny_model(**arguments):
    settings = {"filters": (8, 8), "embedding_dim": 8, "joint_dim": 8, "dropout": 0.0, "missing_modalities": True}
    return image_text_retrieval(Image(8, 8, 3), Text(20, 6), **{**settings, **arguments})
