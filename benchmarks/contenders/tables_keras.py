"""A training step on a table of embeddings: this package's layer and optimisers, or those of Keras.

python tables_keras.py zoo|zoo-adagrad|keras ROWS DIM BATCH IDS [STEPS_PER_EXECUTION]
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

from multimodal_zoo.encoders.word_embedding import WordEmbedding  # isort: skip
from multimodal_zoo.training.optimizers import LazyAdagrad, LazyAdam  # isort: skip


def main() -> None:
    """Train on random ids."""
    kind, rows, dim, batch, count = sys.argv[1], *map(int, sys.argv[2:6])
    at_once = int(sys.argv[6]) if len(sys.argv) > 6 else 1
    layer = keras.layers.Embedding if kind == "keras" else WordEmbedding
    optimizer = {"zoo": LazyAdam, "zoo-adagrad": LazyAdagrad, "keras": keras.optimizers.Adam}[kind]
    ids = keras.Input((count,), dtype="int32")
    model = keras.Model(ids, keras.layers.Dense(1)(keras.layers.Flatten()(layer(rows, dim)(ids))))
    model.compile(optimizer(1e-3), "mse", steps_per_execution=at_once)
    draw = np.random.default_rng(0)
    data = (
        draw.integers(1, rows, (64, batch, count)).astype("int32"),
        draw.normal(size=(64, batch, 1)).astype("float32"),
    )
    answer_bursts(fit_steps(model, tf.data.Dataset.from_tensor_slices(data)), warming=max(5, 2 * at_once))


main()
