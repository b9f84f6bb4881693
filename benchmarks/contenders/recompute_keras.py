"""A training step of a Vision Transformer that keeps what its blocks compute, or computes it again.

python recompute_keras.py keep|recompute LAYERS BATCH
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

from multimodal_zoo.encoders import vit  # isort: skip
from multimodal_zoo.training.recomputing import recomputing  # isort: skip

SIDE, PATCH, DIM, HEADS = 112, 8, 192, 3


def main() -> None:
    """Train on random pictures."""
    kind, layers, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    picture = keras.Input((SIDE, SIDE, 3))
    encoding = vit(PATCH, DIM, HEADS, layers, 4 * DIM, dropout=0.1)(picture)
    model = keras.Model(picture, keras.layers.Dense(2)(encoding))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    draw = np.random.default_rng(0)
    pictures = draw.uniform(size=(2, batch, SIDE, SIDE, 3)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices((pictures, draw.integers(0, 2, (2, batch)).astype("int32")))
    with recomputing(model, kind == "recompute"):
        answer_bursts(fit_steps(model, data))


main()
