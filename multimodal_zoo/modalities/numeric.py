"""Numbers: measurements, counts, ages."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, ClassVar, Self

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities.modality import Decoded, Modality, require_fraction, require_positive
from multimodal_zoo.modalities.standardise import mean_and_variance, standardised


@dataclasses.dataclass(frozen=True)
class Numeric(Modality):
    """A number or a fixed count of numbers, standardised to mean 0 and variance 1 of the training split.

    Args:
        size: how many numbers.
        noise: standard deviation of the Gaussian noise that augmentation adds, in units of the standardised values.
        limit: values further from the mean than so many standard deviations are moved there: a number near the largest
            of its type would overflow in the network.
        mean, variance: `size` numbers each; learned by `adapt`.

    Raw: a float or `size` floats (absent: NaN, None or `[]`). A row in which every number is NaN is absent; in a row
    with some NaN or infinite numbers those take the mean. Tensor: `(size,)` float32.

    Example:
        >>> age = Numeric().adapt([20.0, 40.0])
        >>> age.decode(tf.constant([[40.0], [float("nan")]])).tensor.numpy().ravel().tolist()
        [1.0, 0.0]
    """

    size: int = 1
    noise: float = 0.0
    limit: float = 1000.0
    mean: tuple[float, ...] | None = None
    variance: tuple[float, ...] | None = None

    kind: ClassVar[str] = "numeric"
    raw_dtype: ClassVar[tf.DType] = tf.float32
    learned: ClassVar[tuple[str, ...]] = ("mean", "variance")
    # A missing number takes the mean, the usual imputation.
    shows_absence: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_positive("Numeric", size=self.size, limit=self.limit)
        require_fraction("Numeric", noise=self.noise)

    @property
    def shape(self) -> tuple[int]:
        return (self.size,)

    @property
    def raw_shape(self) -> tuple[int]:
        return (self.size,)

    def encode(self, value: Any) -> np.ndarray:
        if value is None or (isinstance(value, str) and not value.strip()) or np.size(value) == 0:
            return np.full(self.size, np.nan, "float32")
        try:
            numbers = np.asarray(value, "float32").reshape(-1)
        except (TypeError, ValueError):
            raise ValueError(f"Numeric: expected {self.size} number(s), got {value!r}.") from None
        if numbers.shape != (self.size,):
            raise ValueError(f"Numeric: expected {self.size} number(s), got {numbers.size}.")
        return numbers

    def example(self, seed: int) -> list[float]:
        """Numbers about the mean of the training split, or about 0 where nothing was learned yet."""
        mean, variance = self.mean or (0.0,) * self.size, self.variance or (1.0,) * self.size
        draws = np.random.default_rng(seed).normal(mean, np.sqrt(variance))
        return [float(f"{one:.4g}") for one in draws]

    def decode(self, raw: tf.Tensor) -> Decoded:
        if self.mean is None or self.variance is None:
            raise ValueError(
                "This Numeric has no mean and variance yet: fit it with `numeric = numeric.adapt(values)`."
            )
        given = tf.reduce_any(~tf.math.is_nan(raw), axis=1)
        standard = standardised(raw, self.mean, self.variance, self.limit)
        return Decoded(standard, given, tf.reduce_any(tf.math.is_finite(raw), axis=1))

    def measures(self, raw: tf.Tensor, tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"value" if self.size == 1 else f"value_{column}": raw[:, column] for column in range(self.size)}

    def augment(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if not self.noise:
            return tensor
        return tensor + tf.random.stateless_normal(tf.shape(tensor), seed, stddev=self.noise)

    def adapt(self, values: Iterable[Any]) -> Self:
        """Learn mean and variance of each number, ignoring what is not finite."""
        rows = np.stack([self.encode(value) for value in values])
        mean, variance = mean_and_variance("Numeric", rows)
        return dataclasses.replace(self, mean=mean, variance=variance)
