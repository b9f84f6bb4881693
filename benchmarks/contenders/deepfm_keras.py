"""A training step of DeepFM in the shape of Criteo's data: this package's, or the same with Keras' own tables.

python deepfm_keras.py zoo|keras ROWS_IN_ALL BATCH
python deepfm_keras.py shards ROWS_IN_ALL BATCH FOLDER    the package's, with batches from shards, as `fit` reads them
                                                          for several epochs: decoded once
python deepfm_keras.py shards-each-epoch ROWS_IN_ALL BATCH FOLDER    as it reads them for one: decoded while it trains
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

# Before TensorFlow, so that it chooses oneDNN.
import multimodal_zoo as mz  # isort: skip
import keras  # isort: skip
import numpy as np  # isort: skip
import tensorflow as tf  # isort: skip
from bursts import answer_bursts  # isort: skip
from keras_steps import fit_steps  # isort: skip

from multimodal_zoo.datasets import DataSet, DataSetCard, Records, column  # isort: skip
from multimodal_zoo.shards import load_shards, write_shards  # isort: skip
from multimodal_zoo.training.decoded_once import decoded_once  # isort: skip
from multimodal_zoo.training.optimizers import LazyAdam  # isort: skip
from multimodal_zoo.training.streamed import Streamed  # isort: skip

FIELDS, NUMBERS, DIM, BATCHES = 26, 13, 16, 16


def batches(rows: int, count: int, batch: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Random ids of each field, random numbers, random clicks, each `(count, batch, ...)`."""
    draw = np.random.default_rng(0)
    ids = {f"id{field}": draw.integers(1, rows, (count, batch, 1)).astype("int32") for field in range(FIELDS)}
    numbers = {"numbers": draw.normal(size=(count, batch, NUMBERS)).astype("float32")}
    return {**ids, **numbers}, draw.integers(0, 2, (count, batch, 1)).astype("float32")


def fields_of(rows: int) -> dict[str, mz.Modality]:
    """What the network reads: ids are strings that a vocabulary numbers."""
    known = tuple(str(number) for number in range(2, rows))
    ids = {f"id{field}": mz.Categorical(rows, vocabulary=known) for field in range(FIELDS)}
    return ids | {"numbers": mz.Numeric(NUMBERS, mean=(0.0,) * NUMBERS, variance=(1.0,) * NUMBERS)}


def written(folder: Path, rows: int, batch: int) -> Path:
    """The same random clicks as shards, unless they are there."""
    inputs, clicks = batches(rows, BATCHES, batch)
    columns = {
        name: column(
            [str(number) for number in values.ravel()] if name != "numbers" else list(values.reshape(-1, NUMBERS))
        )
        for name, values in inputs.items()
    }
    card = DataSetCard("clicks", "SYNTHETIC clicks", "click", "", "", "", {"all": "all"}, synthetic=True)
    records = Records(columns, clicks.ravel().astype("int32"))
    write_shards(DataSet(card, "all", fields_of(rows), (), {"train": records}), folder, shards=4, workers=1)
    return folder


def main() -> None:
    """Train on random clicks."""
    kind, rows, batch = sys.argv[1], int(sys.argv[2]) // FIELDS, int(sys.argv[3])
    if kind == "keras":
        # Its own lookup in the same network.
        from multimodal_zoo.encoders import word_embedding

        word_embedding.table_rows = lambda table, ids: keras.ops.take(table, ids, axis=0)
    fields = fields_of(rows)
    model = mz.deepfm(fields, embedding_dim=DIM, hidden=(400, 400, 400), dropout=0.0)
    model.compile(keras.optimizers.Adam(1e-3) if kind == "keras" else LazyAdam(1e-3), "binary_crossentropy")
    with contextlib.ExitStack() as while_it_trains:
        if kind.startswith("shards"):
            split = load_shards(written(Path(sys.argv[4]), rows, batch)).split("train")
            streamed = Streamed(split, fields, with_presence=False)
            # A folder of its own: several contenders may read the same shards.
            once = while_it_trains.enter_context(decoded_once(streamed, None, epochs=2 if kind == "shards" else 1))
            if once != (kind == "shards"):
                raise RuntimeError(f"decoded once: {once}, for {kind}")
            data = streamed.training_batches(batch_size=batch, seed=0)
        else:
            data = tf.data.Dataset.from_tensor_slices(batches(rows, BATCHES, batch))
        answer_bursts(fit_steps(model, data))


if __name__ == "__main__":
    main()
