"""A training step of a fusion operator over so many modalities, some of which each record lacks.

python modalities_keras.py FUSION MODALITIES BATCH
"""

from __future__ import annotations

import sys

# Before TensorFlow, so that it chooses oneDNN.
import multimodal_zoo  # noqa: F401

import keras  # isort: skip
import numpy as np  # isort: skip
import tensorflow as tf  # isort: skip
from bursts import answer_bursts  # isort: skip
from keras_steps import fit_steps  # isort: skip

from multimodal_zoo.fusion import fuse  # isort: skip

WIDTH, ABSENT = 64, 0.2
# The outer product of eight modalities has (3 + 1) ** 8 entries; wider ones are refused.
ARGUMENTS = {"tensor_fusion": {"units": 3}}


def main() -> None:
    """Train on random vectors."""
    fusion, count, batch = sys.argv[1], *map(int, sys.argv[2:4])
    inputs = {f"modality_{number}": keras.Input((WIDTH,)) for number in range(count)}
    presence = keras.Input((count,), name="presence")
    joint = fuse(fusion, WIDTH, **ARGUMENTS.get(fusion, {}))(inputs, presence=presence)
    model = keras.Model({**inputs, "presence": presence}, keras.layers.Dense(2)(joint))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    draw = np.random.default_rng(0)
    data = {name: draw.normal(size=(8, batch, WIDTH)).astype("float32") for name in inputs}
    data["presence"] = (draw.uniform(size=(8, batch, count)) > ABSENT).astype("float32")
    labels = draw.integers(0, 2, (8, batch)).astype("int32")
    answer_bursts(fit_steps(model, tf.data.Dataset.from_tensor_slices((data, labels))))


main()
