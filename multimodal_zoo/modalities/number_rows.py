"""What a series and a set of points share: rows of numbers, of which a record has any count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities.modality import Modality
from multimodal_zoo.modalities.standardise import mean_and_variance, standardised


class NumberRows(Modality):
    """A modality whose raw value is `(rows, features)` floats; in a batch, shorter ones are filled up with NaN rows.

    So any client can send it: a list of lists in JSON, one dense tensor in gRPC, no row splits beside it. NaN is
    already how a missing number is written, so that an absent record, all NaN, needs no convention of its own, and
    what is filled up needs no length.
    """

    raw_dtype: ClassVar[tf.DType] = tf.float32
    learned: ClassVar[tuple[str, ...]] = ("mean", "variance")
    # Fields of every subclass. This is no dataclass itself: there each has its own place among the others.
    features: int
    limit: float
    mean: tuple[float, ...] | None
    variance: tuple[float, ...] | None

    @property
    def raw_shape(self) -> tuple[None, int]:
        return (None, self.features)

    def encode(self, value: Any) -> np.ndarray:
        owner = type(self).__name__
        if value is None or (isinstance(value, str) and not value.strip()):
            value = []
        try:
            numbers = np.asarray(value, "float32")
        except (TypeError, ValueError):
            raise ValueError(f"{owner}: expected rows of {self.features} number(s), got {str(value)[:80]}.") from None
        if numbers.size == 0:
            return np.zeros((0, self.features), "float32")
        if numbers.ndim == 1 and self.features == 1:
            numbers = numbers[:, None]
        if numbers.ndim != 2 or numbers.shape[1] != self.features:
            raise ValueError(f"{owner}: expected (rows, {self.features}) numbers, got the shape {numbers.shape}.")
        return numbers

    def example_rows(self, seed: int, count: int) -> list[list[float]]:
        """Rows about the mean of the training split, or about 0 where nothing was learned yet."""
        mean, variance = self.mean or (0.0,) * self.features, self.variance or (1.0,) * self.features
        draws = np.random.default_rng(seed).normal(mean, np.sqrt(variance), (count, self.features))
        return [[float(f"{one:.4g}") for one in row] for row in draws]

    def given(self, raw: tf.Tensor) -> tf.Tensor:
        """Which records of a batch hold any number, `(batch,)` bool."""
        return tf.reduce_any(~tf.math.is_nan(raw), axis=[1, 2])

    def standardised(self, raw: tf.Tensor) -> tf.Tensor:
        """The numbers in standard deviations from the mean of the training split; what is not finite is 0."""
        return standardised(raw, *self.fitted_columns(), self.limit)

    def fitted_columns(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and variance of each column; raises ValueError where nothing was."""
        if self.mean is None or self.variance is None:
            name = type(self).__name__
            raise ValueError(f"This {name} has no mean and variance yet: fit it with `.adapt(values)`.")
        return self.mean, self.variance

    def measures(self, raw: tf.Tensor, tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        """How many rows hold a number, how many of their numbers are missing, and the mean of each column."""
        read = tf.math.is_finite(raw)
        rows = tf.math.count_nonzero(tf.reduce_any(read, axis=2), axis=1, dtype=tf.float32)
        numbers = tf.math.count_nonzero(read, axis=1, dtype=tf.float32)
        sums = tf.reduce_sum(tf.where(read, raw, 0.0), axis=1)
        missing = 1.0 - tf.reduce_sum(numbers, axis=1) / (rows * self.features)
        means = {
            f"value_{column}": tf.boolean_mask(sums[:, column] / numbers[:, column], numbers[:, column] > 0)
            for column in range(self.features)
        }
        return {"rows": rows, "missing": missing, **means}

    def adapt(self, values: Iterable[Any]) -> Self:
        """Learn mean and variance of each column, ignoring what is not finite."""
        rows = np.concatenate([np.zeros((0, self.features), "float32"), *(self.encode(value) for value in values)])
        mean, variance = mean_and_variance(type(self).__name__, rows)
        return self.with_learned(mean=mean, variance=variance)


def with_a_last_row(raw: tf.Tensor) -> tf.Tensor:
    """A batch with one more NaN row behind each record, so that there always is one to look at."""
    return tf.pad(raw, [[0, 0], [0, 1], [0, 0]], constant_values=np.nan)
