"""A set of points in no order: the returns of a radar or a lidar."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities.evenly_spread import evenly_spread, there_first
from multimodal_zoo.modalities.modality import Decoded, require_fraction, require_positive
from multimodal_zoo.modalities.number_rows import NumberRows, with_a_last_row
from multimodal_zoo.modalities.standardise import deviations


@dataclasses.dataclass(frozen=True)
class Points(NumberRows):
    """Points of so many numbers each, such as x, y, z and velocity, standardised by the training split.

    Args:
        features: numbers of each point.
        points: most points the network sees; of more, so many evenly spread ones are kept.
        drop: share of the points that augmentation leaves out, in [0, 1); the last one of a set stays.
        noise: standard deviation of the Gaussian noise that augmentation adds, in standard deviations.
        rotate: largest angle in degrees by which augmentation turns a set about the vertical through the origin.
        horizontal: the columns that turn, two by two: (0, 1) for x and y; (0, 1, 3, 4) for a velocity as well.
        limit: numbers further from the mean than so many standard deviations are moved there.
        mean, variance: `features` numbers each; learned by `adapt`. Given as zeros and ones they leave the numbers,
            and `limit`, in their own unit.

    Raw: `(rows, features)` floats, any number of rows (absent: `[]`); in a batch, filled up with rows of NaN. A point
    that lacks a number, or has an infinite one, is left out: it is nowhere. Tensor: `(points, features + 1)` float32;
    the last channel is the mask, 1 where a point is there, see `encoders.SplitMask`.

    Example:
        >>> radar = Points(features=2, points=3).adapt([[[0.0, 1.0], [2.0, 3.0]]])
        >>> radar.decode(tf.constant([[[2.0, 1.0]]])).tensor.numpy().tolist()
        [[[1.0, -1.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]

    Reference: turning about the vertical and noise as augmentation: Qi et al. 2017, arXiv:1612.00593, section 5.1.
    """

    features: int
    points: int
    drop: float = 0.0
    noise: float = 0.0
    rotate: float = 0.0
    horizontal: tuple[int, ...] = (0, 1)
    limit: float = 1000.0
    mean: tuple[float, ...] | None = None
    variance: tuple[float, ...] | None = None

    kind: ClassVar[str] = "points"

    def __post_init__(self) -> None:
        require_positive("Points", features=self.features, points=self.points, limit=self.limit)
        require_fraction("Points", drop=self.drop)
        columns = self.horizontal
        if len(columns) % 2 or len(set(columns)) < len(columns) or min((0, *columns)) < 0:
            raise ValueError(f"Points: horizontal names columns two by two, each once, got {columns!r}.")
        if self.rotate and max(columns, default=0) >= self.features:
            raise ValueError(f"Points: horizontal={columns!r} turns columns that {self.features} features do not have.")

    @property
    def shape(self) -> tuple[int, int]:
        return (self.points, self.features + 1)

    def example(self, seed: int) -> list[list[float]]:
        """Five points, or as many as are seen, about the mean of the training split, or about 0."""
        return self.example_rows(seed, min(5, self.points))

    def decode(self, raw: tf.Tensor) -> Decoded:
        raw = with_a_last_row(raw)
        whole = tf.reduce_all(tf.math.is_finite(raw), axis=2)
        spread, kept = evenly_spread(tf.math.count_nonzero(whole, axis=1), self.points)
        places = tf.gather(there_first(whole), spread, batch_dims=1)
        numbers = tf.gather(self.standardised(raw), places, batch_dims=1)
        mask = kept[..., None]
        tensor = tf.concat([tf.where(mask, numbers, 0.0), tf.cast(mask, tf.float32)], 2)
        return Decoded(tf.ensure_shape(tensor, (None, *self.shape)), self.given(raw), tf.reduce_any(whole, axis=1))

    def augment(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        numbers, mask = tensor[..., :-1], tensor[..., -1:]
        if self.rotate:
            numbers = self.turned(numbers, seed)
        if self.noise:
            numbers += tf.random.stateless_normal(tf.shape(numbers), seed + 1, stddev=self.noise)
        if self.drop:
            left = mask * tf.cast(tf.random.stateless_uniform(tf.shape(mask), seed + 2) >= self.drop, tf.float32)
            mask = tf.where(tf.reduce_any(left > 0, axis=1, keepdims=True), left, mask)
        return tf.concat([numbers * mask, mask], axis=2)

    def turned(self, numbers: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """The points of each set, turned about the vertical by one angle; in their own unit, not in deviations."""
        learned_mean, variance = self.fitted_columns()
        mean, deviation = np.asarray(learned_mean, "float32"), deviations(variance)
        columns = tf.unstack(numbers * deviation + mean, axis=2)
        most = np.float32(np.radians(self.rotate))
        angle = tf.random.stateless_uniform((tf.shape(numbers)[0], 1), seed, -most, most)
        cosine, sine = tf.cos(angle), tf.sin(angle)
        for x, y in zip(self.horizontal[::2], self.horizontal[1::2], strict=True):
            columns[x], columns[y] = (
                cosine * columns[x] - sine * columns[y],
                sine * columns[x] + cosine * columns[y],
            )
        return (tf.stack(columns, axis=2) - mean) / deviation
