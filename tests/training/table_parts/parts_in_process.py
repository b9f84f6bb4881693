"""A network whose table is a part, made in this process alone: for what can be told without a second worker."""

from __future__ import annotations

from types import SimpleNamespace

import keras
import tensorflow as tf

from multimodal_zoo.encoders.table_placement import tables_made_by
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.training.table_parts.table_layout import TableLayout
from multimodal_zoo.training.table_parts.table_part import table_part


def network_with_part(rows=9, workers=2):
    """A number out of an id; the second worker's part of the table."""
    layout = TableLayout(rows, workers)
    strategy = SimpleNamespace(extended=SimpleNamespace(_task_id=1))

    def make(layer, add_weight, **named):
        def create(_, **variable):
            return table_part(layout, strategy, **variable)

        with tf.variable_creator_scope(create):
            return add_weight(**{**named, "shape": (layout.rows_here, named["shape"][1]), "autocast": False})

    with tables_made_by(make):
        ids = keras.Input((1,), dtype="int32", name="ids")
        vectors = WordEmbedding(rows, 4, name="table")(ids)
        return keras.Model(ids, keras.layers.Dense(1)(keras.layers.Flatten()(vectors)))
