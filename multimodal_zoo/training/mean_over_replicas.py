"""One value over all replicas for what each of them has counted by itself, such as a batch normalisation's means."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class MeanOverReplicas(keras.callbacks.Callback):
    """Before each validation, what the layers count becomes its mean over the replicas.

    Keras lets each replica keep its own moving means and saves those of the first: a network would be judged, and kept,
    by the records that one replica happened to see; and workers would end with different weights. Whole numbers, such
    as counted steps, are the same everywhere already.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mean: Any = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        strategy = self.model.distribute_strategy
        # `non_trainable_variables` of the model has the weights of frozen layers, too, which nothing changes.
        counted = [
            one.value
            for layer in self.model._flatten_layers()
            for one in layer._non_trainable_variables
            if keras.backend.is_float_dtype(one.dtype)
        ]
        if strategy.num_replicas_in_sync == 1 or not counted:
            return

        def step() -> None:
            replica = tf.distribute.get_replica_context()
            # What is read from a variable has no device yet, by which the strategy would send the sum back.
            own = [tf.identity(one) for one in counted]
            means = replica.all_reduce(tf.distribute.ReduceOp.MEAN, own)
            for one, mean in zip(counted, means, strict=True):
                one.assign(mean)

        self.mean = tf.function(lambda: strategy.run(step))

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        if self.mean is not None:
            self.mean()
