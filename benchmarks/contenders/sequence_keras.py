"""A training step on texts of some length: one LSTM, a GRU from either end, or self-attention.

python sequence_keras.py lstm|gru|attention LENGTH BATCH
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

from multimodal_zoo.encoders import bigru, lstm_text, transformer  # isort: skip

WORDS, DIM = 8000, 64
ENCODERS = {
    "lstm": lambda: lstm_text(WORDS, DIM, DIM),
    "gru": lambda: bigru(WORDS, DIM, DIM // 2),
    "attention": lambda: transformer(WORDS, DIM, heads=4, layers=2, feed_forward=2 * DIM),
}


def main() -> None:
    """Train on random words."""
    kind, length, batch = sys.argv[1], *map(int, sys.argv[2:4])
    words = keras.Input((length,), dtype="int32")
    model = keras.Model(words, keras.layers.Dense(2)(ENCODERS[kind]()(words)))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    draw = np.random.default_rng(0)
    data = draw.integers(2, WORDS, (8, batch, length)).astype("int32"), draw.integers(0, 2, (8, batch)).astype("int32")
    answer_bursts(fit_steps(model, tf.data.Dataset.from_tensor_slices(data)))


main()
