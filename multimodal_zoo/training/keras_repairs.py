"""Two repairs of Keras' trainer for training over several workers; each can go once Keras has it.

Both defects are in `keras/src/backend/tensorflow/trainer.py` of Keras 3.15, and both were reported as
https://github.com/keras-team/keras/issues/20585 and https://github.com/keras-team/keras/issues/20329.
`tests/training/test_keras_repairs.py` fails when Keras no longer needs them. `predict` works without.
"""

from __future__ import annotations

import functools
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.tensorflow import trainer as keras_trainer


def spans_workers(strategy: tf.distribute.Strategy | None) -> bool:
    """Whether the strategy mirrors over several processes."""
    mirrored = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    return mirrored and strategy.extended._in_multi_worker_mode()


@functools.cache
def repair_multi_worker_training() -> None:
    """Let `fit` and `evaluate` work under MultiWorkerMirroredStrategy; nothing changes under other strategies."""
    repair_symbolic_build()
    repair_mean_of_scalars()


def repair_symbolic_build() -> None:
    """Build the network from the first part of a batch (#20585).

    Keras takes the mean of the parts that the replicas got, which cannot be converted to one tensor, only to learn
    their shapes.
    """
    kept = keras_trainer.TensorFlowTrainer._maybe_symbolic_build

    def from_one_part(self: keras.Model, iterator: Any = None, data_batch: Any = None) -> None:
        strategy = self._distribute_strategy
        if iterator is not None and spans_workers(strategy):
            for _, _, batches in iterator:
                data_batch = keras.tree.map_structure(
                    lambda parts: strategy.experimental_local_results(parts)[0], next(batches)
                )
                break
            iterator = None
        kept(self, iterator=iterator, data_batch=data_batch)

    keras_trainer.TensorFlowTrainer._maybe_symbolic_build = from_one_part


def repair_mean_of_scalars() -> None:
    """Take the mean of what a step returns over the replicas (#20329), and not over an axis that scalars lack."""
    kept = keras_trainer.reduce_per_replica

    def over_replicas(values: Any, strategy: tf.distribute.Strategy, reduction: str) -> Any:
        if reduction in ("auto", "mean") and spans_workers(strategy):
            return keras.tree.map_structure(lambda one: strategy.reduce("MEAN", one, axis=None), values)
        return kept(values, strategy, reduction)

    keras_trainer.reduce_per_replica = over_replicas
