"""A training step of a picture and its report: the encoders of this package, or the texts alone.

python picture_text_keras.py both|text BATCH
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

from multimodal_zoo.encoders import image_cnn, lstm_text  # isort: skip

SIDE, FILTERS, LENGTH, WORDS, DIM, UNITS = 128, (64, 128, 256), 60, 8000, 128, 256


def main() -> None:
    """Train on random pictures and words."""
    kind, batch = sys.argv[1], int(sys.argv[2])
    picture, report = keras.Input((SIDE, SIDE, 3)), keras.Input((LENGTH,), dtype="int32")
    encodings = [lstm_text(WORDS, DIM, UNITS)(report)]
    if kind == "both":
        encodings.append(image_cnn(FILTERS, cells=1, normalization=None)(picture))
    joint = keras.layers.Concatenate()(encodings) if len(encodings) > 1 else encodings[0]
    inputs = [report, picture][: len(encodings)]
    model = keras.Model(inputs, keras.layers.Dense(2)(joint))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    draw = np.random.default_rng(0)
    words = draw.integers(2, WORDS, (4, batch, LENGTH)).astype("int32")
    pictures = draw.uniform(size=(4, batch, SIDE, SIDE, 3)).astype("float32")
    labels = draw.integers(0, 2, (4, batch)).astype("int32")
    data = tf.data.Dataset.from_tensor_slices(((words, pictures)[: len(inputs)], labels))
    answer_bursts(fit_steps(model, data))


main()
