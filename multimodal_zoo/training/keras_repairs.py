"""Two repairs of Keras' trainer for training over several replicas; each can go once Keras has it.

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

from multimodal_zoo.training.exchanged_gradients import exchange_together, spans_workers


def repair_trainer(strategy: tf.distribute.Strategy) -> None:
    """Let `fit` and `evaluate` work under a strategy, where they need it; under others nothing changes."""
    if mirrors(strategy):
        repair_symbolic_build()
    if spans_workers(strategy):
        repair_mean_of_scalars()
        # No defect: it saves waiting.
        exchange_together()


def mirrors(strategy: tf.distribute.Strategy | None) -> bool:
    """Whether the strategy mirrors over several replicas, of one process or of several."""
    kinds = (tf.distribute.MirroredStrategy, tf.distribute.MultiWorkerMirroredStrategy)
    return isinstance(strategy, kinds) and strategy.num_replicas_in_sync > 1


# Once in a process.
@functools.cache
def repair_symbolic_build() -> None:
    """Build the network from the first part of a batch (#20585).

    Only to learn shapes, Keras takes the mean of the parts that the replicas got: over several workers they cannot be
    converted to one tensor, and where a batch is cut unevenly they cannot be added.
    """
    kept = keras_trainer.TensorFlowTrainer._maybe_symbolic_build

    def from_one_part(self: keras.Model, iterator: Any = None, data_batch: Any = None) -> None:
        strategy = self._distribute_strategy
        if iterator is not None and mirrors(strategy):
            for _, _, batches in iterator:
                data_batch = keras.tree.map_structure(
                    lambda parts: strategy.experimental_local_results(parts)[0], next(batches)
                )
                break
            iterator = None
        kept(self, iterator=iterator, data_batch=data_batch)

    keras_trainer.TensorFlowTrainer._maybe_symbolic_build = from_one_part


@functools.cache
def repair_mean_of_scalars() -> None:
    """Take the mean of what a step returns over the replicas (#20329), and not over an axis that scalars lack."""
    kept = keras_trainer.reduce_per_replica

    def over_replicas(values: Any, strategy: tf.distribute.Strategy, reduction: str) -> Any:
        if reduction in ("auto", "mean") and spans_workers(strategy):
            return keras.tree.map_structure(lambda one: strategy.reduce("MEAN", one, axis=None), values)
        return kept(values, strategy, reduction)

    keras_trainer.reduce_per_replica = over_replicas
