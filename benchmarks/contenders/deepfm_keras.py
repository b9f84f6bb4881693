"""A training step of DeepFM in the shape of Criteo's data: this package's, or the same with Keras' own tables.

python deepfm_keras.py zoo|keras ROWS_IN_ALL BATCH
"""

from __future__ import annotations

import sys

# Before TensorFlow, so that it chooses oneDNN.
import multimodal_zoo as mz  # isort: skip
import keras  # isort: skip
import numpy as np  # isort: skip
import tensorflow as tf  # isort: skip
from bursts import answer_bursts  # isort: skip
from keras_steps import fit_steps  # isort: skip

FIELDS, NUMBERS, DIM = 26, 13, 16


def batches(rows: int, count: int, batch: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Random ids of each field, random numbers, random clicks, each `(count, batch, ...)`."""
    draw = np.random.default_rng(0)
    ids = {f"id{field}": draw.integers(1, rows, (count, batch, 1)).astype("int32") for field in range(FIELDS)}
    numbers = {"numbers": draw.normal(size=(count, batch, NUMBERS)).astype("float32")}
    return {**ids, **numbers}, draw.integers(0, 2, (count, batch, 1)).astype("float32")


def main() -> None:
    """Train on random clicks."""
    kind, rows, batch = sys.argv[1], int(sys.argv[2]) // FIELDS, int(sys.argv[3])
    if kind == "keras":
        # Its own lookup in the same network.
        from multimodal_zoo.encoders import word_embedding

        word_embedding.table_rows = lambda table, ids: keras.ops.take(table, ids, axis=0)
    fields = {f"id{field}": mz.Categorical(rows) for field in range(FIELDS)} | {"numbers": mz.Numeric(NUMBERS)}
    model = mz.deepfm(fields, embedding_dim=DIM, hidden=(400, 400, 400), dropout=0.0)
    from multimodal_zoo.training.optimizers import LazyAdam

    model.compile(LazyAdam(1e-3) if kind == "zoo" else keras.optimizers.Adam(1e-3), "binary_crossentropy")
    answer_bursts(fit_steps(model, tf.data.Dataset.from_tensor_slices(batches(rows, 16, batch))))


main()
