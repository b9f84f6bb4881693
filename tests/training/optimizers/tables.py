"""A table that is looked up in, with one weight behind it, for the tests of the optimisers."""

import keras
import numpy as np

from multimodal_zoo.encoders.word_embedding import WordEmbedding

ROWS, DIM, IDS, BATCH = 13, 4, 3, 8


def table_network(layer=WordEmbedding, rows=ROWS, **table):
    """A number out of three ids: the same weights at each call."""
    keras.utils.set_random_seed(3)
    ids = keras.Input((IDS,), dtype="int32", name="ids")
    vectors = layer(rows, DIM, name="table", **table)(ids)
    answer = keras.layers.Dense(1, name="answer", dtype="float32")(keras.layers.Flatten()(vectors))
    return keras.Model(ids, answer)


def records(count=5 * BATCH, seed=0, rows=ROWS, most=None):
    """Ids from 1 on, some twice in a record, and numbers to predict."""
    draw = np.random.default_rng(seed)
    return draw.integers(1, most or rows, (count, IDS)).astype("int32"), draw.normal(size=(count, 1)).astype("float32")


def trained(optimizer, data, layer=WordEmbedding, epochs=2, **table):
    """The network after some steps in the order of the records: its table, its other weights."""
    model = table_network(layer, **table)
    model.compile(optimizer, "mse")
    model.fit(*data, batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0)
    return model


def table_of(model):
    return np.array(model.get_layer("table").embeddings)
