"""A model's predictions for a whole split."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training.pipeline import Prepared, quiet
from multimodal_zoo.training.workers import each_its_part


def predict_split(model: keras.Model, prepared: Prepared, batch_size: int = 256) -> np.ndarray:
    """Predict every record of a split, in order.

    Args:
        model: network of the zoo.
        prepared: decoded records.
        batch_size: records per step, over all replicas; makes no difference to the answer.

    Returns:
        `(records, ...)` predictions.
    """
    replicas = replicas_of(model)
    batch_size = -(-min(batch_size, len(prepared)) // replicas) * replicas
    # A replica whose part of the last batch is empty fails, so the last batch is filled up with records of the start.
    count = len(prepared) if replicas == 1 else -(-len(prepared) // batch_size) * batch_size
    rows = np.arange(count) % len(prepared)
    inputs = prepared.inputs(PRESENCE in model.input)
    batches = (
        tf.data.Dataset.from_tensor_slices(rows)
        .batch(batch_size)
        .map(lambda chosen: {name: tf.gather(tensor, chosen) for name, tensor in inputs.items()})
        .prefetch(2)
        .with_options(quiet())
    )
    return model.predict(each_its_part(batches, model), verbose=0)[: len(prepared)]


def replicas_of(model: keras.Model) -> int:
    """How many replicas of the model work at once."""
    strategy = getattr(model, "distribute_strategy", None)
    return strategy.num_replicas_in_sync if strategy is not None else 1
