"""DeepFM of DeepCTR, on Keras 2 as it needs it.

python deepfm_deepctr.py legacy ROWS_IN_ALL BATCH
"""

from __future__ import annotations

import os
import sys
import time

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np  # isort: skip
import tensorflow as tf  # isort: skip
from bursts import answer_bursts  # isort: skip
from deepctr.feature_column import DenseFeat, SparseFeat  # isort: skip
from deepctr.models import DeepFM  # isort: skip

FIELDS, NUMBERS, DIM = 26, 13, 16


class Ends(tf.keras.callbacks.Callback):
    """Remembers when each step ended."""

    def on_train_begin(self, logs: object = None) -> None:
        self.moments: list[float] = []

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        self.moments.append(time.perf_counter())


def main() -> None:
    """Train on random clicks."""
    rows, batch = int(sys.argv[2]) // FIELDS, int(sys.argv[3])
    columns = [SparseFeat(f"id{field}", rows, DIM) for field in range(FIELDS)]
    columns += [DenseFeat("numbers", NUMBERS)]
    model = DeepFM(columns, columns, dnn_hidden_units=(400, 400, 400), l2_reg_linear=0, l2_reg_embedding=0)
    model.compile(tf.keras.optimizers.Adam(1e-3), "binary_crossentropy")
    draw = np.random.default_rng(0)
    inputs = {f"id{field}": draw.integers(1, rows, (16, batch)).astype("int32") for field in range(FIELDS)}
    inputs["numbers"] = draw.normal(size=(16, batch, NUMBERS)).astype("float32")
    clicks = draw.integers(0, 2, (16, batch, 1)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices((inputs, clicks)).repeat().prefetch(2)
    options = tf.data.Options()
    options.autotune.enabled = False
    ends = Ends()

    def run(steps: int) -> list[float]:
        model.fit(data.with_options(options), steps_per_epoch=steps, epochs=1, verbose=0, callbacks=[ends])
        return ends.moments

    answer_bursts(run)


main()
