"""The logQ correction of in-batch negatives, and how often an item is drawn, estimated from the stream."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


def log_q_correction(scores: Any, log_q: Any) -> Any:
    """Takes the log probability of its being drawn off the score of each item: s_ij - log q_j.

    For training only: at prediction the plain scores rank the items.

    Args:
        scores: `(batch, items)`, each row a query, divided by the temperature already.
        log_q: `(items,)` or `(items, 1)`, the log of the probability that the item is in a batch.

    Returns:
        Corrected scores, `(batch, items)`.

    Raises:
        ValueError: if there is not one `log_q` for each column.

    Example:
        >>> log_q_correction(ops.zeros((1, 2)), ops.log(ops.array([0.5, 0.25])))
        [[0.6931472, 1.3862944]]

    Reference: Yi et al. 2019, RecSys, section 3, the corrected score s^c.
    """
    items, given = scores.shape[-1], tuple(log_q.shape)
    right = len(given) == 1 or (len(given) == 2 and given[1] == 1)
    if not right or (None not in (items, given[0]) and given[0] != items):
        raise ValueError(
            f"log_q must hold one number for each of the {items} columns of the scores, as (items,) or (items, 1); "
            f"received the shape {given}."
        )
    return scores - ops.cast(ops.reshape(log_q, (1, -1)), scores.dtype)


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SamplingFrequency(keras.Layer):
    """Log probability that an item is in a batch, from the mean number of steps between two batches that held it.

    With the step t, and for the bucket h of the item the step A_h it was last seen at and the mean gap B_h:

        B_h <- (1 - alpha) B_h + alpha (t - A_h);   A_h <- t;   log q = -log B_h

    It learns while training, follows items that come and go, and needs no vocabulary: items share a bucket by their
    number modulo `buckets`.

    Args:
        buckets: how many, 1 or more; several times the number of items keeps them apart.
        alpha: how fast old gaps are forgotten, in (0, 1].
        initial_gap: B at the start, in steps.
        **kwargs: arguments of `keras.Layer`.

    Called on whole item numbers `(batch,)` or `(batch, 1)`; returns `(batch,)` in float32.

    Example:
        >>> log_q = SamplingFrequency(buckets=100_000)(item_id)

    Reference: Yi et al. 2019, RecSys, the algorithm of streaming frequency estimation, with one hash.
    """

    def __init__(self, buckets: int = 100_000, alpha: float = 0.01, initial_gap: float = 100.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if buckets < 1 or not 0 < alpha <= 1 or not initial_gap >= 1:
            raise ValueError(
                "SamplingFrequency needs buckets >= 1, alpha in (0, 1] and initial_gap >= 1; "
                f"got buckets={buckets!r}, alpha={alpha!r}, initial_gap={initial_gap!r}."
            )
        self.buckets, self.alpha, self.initial_gap = int(buckets), float(alpha), float(initial_gap)

    def get_config(self) -> dict[str, Any]:
        own = {"buckets": self.buckets, "alpha": self.alpha, "initial_gap": self.initial_gap}
        return {**super().get_config(), **own}

    def build(self, input_shape: Any) -> None:
        gap = keras.initializers.Constant(self.initial_gap)
        # As if everything had last been seen one initial gap ago: the first sight leaves B as it is.
        before = keras.initializers.Constant(-math.ceil(self.initial_gap))
        self.step = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="step")
        self.seen = self.add_weight(
            shape=(self.buckets,), dtype="int32", initializer=before, trainable=False, name="seen"
        )
        self.gap = self.add_weight(
            shape=(self.buckets,), dtype="float32", initializer=gap, trainable=False, autocast=False, name="gap"
        )

    def call(self, items: Any, training: bool | None = None) -> Any:
        bucket = ops.mod(ops.reshape(ops.cast(items, "int32"), (-1,)), self.buckets)
        gap = ops.take(self.gap, bucket)
        if training:
            since = ops.cast(self.step - ops.take(self.seen, bucket), "float32")
            gap = (1 - self.alpha) * gap + self.alpha * since
            now = ops.broadcast_to(ops.convert_to_tensor(self.step), ops.shape(bucket))
            # An item twice in a batch writes the same value twice.
            for table, values in ((self.gap, gap), (self.seen, now)):
                table.assign(ops.scatter_update(ops.convert_to_tensor(table), bucket[:, None], values))
            self.step.assign(self.step + 1)
        return -ops.log(ops.maximum(gap, 1.0))

    def compute_output_spec(self, items: Any, training: bool | None = None) -> Any:
        return keras.KerasTensor((items.shape[0],), dtype="float32")
