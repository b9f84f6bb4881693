"""A tiny network of a field whose tables are sharded and one whose tables are mirrored, and clicks for it."""

from __future__ import annotations

import keras
import numpy as np

from multimodal_zoo.datasets import Records
from multimodal_zoo.modalities import Categorical
from multimodal_zoo.models import deepfm
from multimodal_zoo.training.optimizers import LazyAdam

# Tables of fewer rows are mirrored.
MIN_ROWS = 10
ROWS = {"user": 23, "weekday": 9}
SETTINGS = {"epochs": 3, "batch_size": 8, "patience": 9}


def clicks(count, seed):
    """Who is odd clicks on odd days."""
    draw = np.random.default_rng(seed)
    users, days = draw.integers(0, 21, count), draw.integers(0, 7, count)
    clicked = (users % 2 == days % 2).astype("int32")
    return Records({"user": users.astype(str), "weekday": days.astype(str)}, clicked)


def network():
    """The same weights at each call."""
    keras.utils.set_random_seed(0)
    return deepfm({name: Categorical(rows) for name, rows in ROWS.items()}, embedding_dim=4, hidden=(8,), dropout=0.0)


def compiled(model):
    """Clipped so hard that it counts in every step."""
    model.compile(LazyAdam(0.02, global_clipnorm=0.05), "binary_crossentropy")
    return model
