"""Several numbers over time: sensors, prices, positions, features of each utterance."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import tensorflow as tf

from multimodal_zoo.modalities.audio import keep_outside_span
from multimodal_zoo.modalities.modality import Decoded, require_fraction, require_positive
from multimodal_zoo.modalities.number_rows import NumberRows, with_a_last_row

CHOICES = {"keep": ("newest", "oldest"), "align": ("front", "back", "given"), "fill": ("mean", "last")}


@dataclasses.dataclass(frozen=True)
class Series(NumberRows):
    """Readings at a constant rate, oldest first, standardised to mean 0 and variance 1 of the training split.

    Args:
        features: numbers in each step.
        steps: most steps the network sees.
        keep: of a longer series the "newest" or the "oldest" steps.
        align: a shorter one stands at the "front", with padding behind it, or at the "back", with padding before it; or
            each step as "given", so that a place is the same moment in several series of a record, also where one of
            them has no reading there. This needs keep="oldest".
        fill: what a missing reading takes: the "mean" of the training split, or the "last" reading before it (the mean
            where there is none). By the mean, a step without any reading is as padding; by the last, it is not.
        flag_missing: add a channel for each feature that is 1 where its reading was missing.
        noise: standard deviation of the Gaussian noise that augmentation adds, in standard deviations.
        scale: largest share by which augmentation stretches a feature of a series about its mean, in [0, 1).
        time_mask: largest share of the steps whose readings augmentation takes away, in one span, in [0, 1).
        stretch: largest share by which augmentation makes a series slower or faster, in [0, 1); what no longer fits
            into the steps is cut off at the end.
        mix: augmentation moves every step towards another one of the batch, drawn at random, by a share between this
            one, in [0, 1], and 1; None moves none. For features made by a network that knew the labels of the training
            split: mixed, they are as unsure as those of the test split.
        limit: readings further from the mean than so many standard deviations are moved there.
        mean, variance: `features` numbers each; learned by `adapt`. Given as zeros and ones they leave the readings,
            and `limit`, in their own unit.

    Raw: `(rows, features)` floats, any number of rows (absent: `[]`); in a batch, filled up with rows of NaN. NaN and
    infinity are missing readings; rows of NaN after the last reading do not count, nor do, unless align="given", those
    before the first. Of one feature a flat list will do. Tensor: `(steps, channels + 1)` float32; the last channel is
    the mask, 1 where a step is there, see `encoders.SplitMask`.

    Example:
        >>> speed = Series(features=1, steps=3).adapt([[10.0, 30.0]])
        >>> speed.decode(tf.constant([[[20.0], [30.0]]])).tensor.numpy().tolist()
        [[[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]]

    Reference: noise and scaling: Um et al. 2017, arXiv:1706.00527, section 3.2; stretching, of speech: Ko et al. 2015,
        Audio augmentation for speech recognition, Interspeech.
    """

    features: int
    steps: int
    keep: str = "newest"
    align: str = "front"
    fill: str = "mean"
    flag_missing: bool = False
    noise: float = 0.0
    scale: float = 0.0
    time_mask: float = 0.0
    stretch: float = 0.0
    mix: float | None = None
    limit: float = 1000.0
    mean: tuple[float, ...] | None = None
    variance: tuple[float, ...] | None = None

    kind: ClassVar[str] = "series"

    def __post_init__(self) -> None:
        require_positive("Series", features=self.features, steps=self.steps, limit=self.limit)
        require_fraction("Series", scale=self.scale, time_mask=self.time_mask, stretch=self.stretch)
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"Series: {name} is one of {', '.join(known)}, got {getattr(self, name)!r}.")
        if self.align == "given" and self.keep != "oldest":
            raise ValueError(
                "Series: align='given' needs keep='oldest', got keep='newest': counted from its own newest reading, a "
                "series that ends early would no longer stand beside the others."
            )
        if self.stretch and self.align != "front":
            raise ValueError(f"Series: stretch needs align='front', got align={self.align!r}.")
        if self.mix is not None and not 0 <= self.mix <= 1:
            raise ValueError(f"Series: mix is a share in [0, 1] or None, got {self.mix!r}.")

    @property
    def shape(self) -> tuple[int, int]:
        return (self.steps, self.features * (2 if self.flag_missing else 1) + 1)

    def example(self, seed: int) -> list[list[float]]:
        """Five steps, or as many as are seen, about the mean of the training split, or about 0."""
        return self.example_rows(seed, min(5, self.steps))

    def decode(self, raw: tf.Tensor) -> Decoded:
        raw = with_a_last_row(raw)
        read = tf.math.is_finite(raw)
        there = tf.reduce_any(read, axis=2)
        numbers = self.standardised(raw)
        first, last = first_and_last(there)
        if self.align == "given":
            first = tf.zeros_like(first)
        present = tf.reduce_any(there, axis=1)
        if self.fill == "last":
            numbers = carried_forward(numbers, read)
            place = tf.range(tf.shape(there)[1])[None]
            there = (place >= first[:, None]) & (place <= last[:, None]) & present[:, None]
        places, kept = self.window(first, last)
        seen = [tf.gather(numbers, places, batch_dims=1)]
        if self.flag_missing:
            seen.append(tf.cast(~tf.gather(read, places, batch_dims=1), tf.float32))
        mask = (kept & tf.gather(there, places, batch_dims=1))[..., None]
        tensor = tf.concat([tf.where(mask, tf.concat(seen, 2), 0.0), tf.cast(mask, tf.float32)], 2)
        return Decoded(tf.ensure_shape(tensor, (None, *self.shape)), self.given(raw), present)

    def window(self, first: tf.Tensor, last: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Which raw step stands at each of the `steps`, `(batch, steps)` int32, and whether one does."""
        count = tf.minimum(last - first + 1, self.steps)
        start = last + 1 - count if self.keep == "newest" else first
        padding = self.steps - count if self.align == "back" else tf.zeros_like(count)
        position = tf.range(self.steps)[None] - padding[:, None]
        kept = (position >= 0) & (position < count[:, None])
        return tf.where(kept, start[:, None] + position, 0), kept

    def augment(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if not (self.noise or self.scale or self.time_mask or self.stretch or self.mix is not None):
            return tensor
        if self.stretch:
            tensor = stretched(tensor, self.stretch, seed + 4)
        numbers, flags, mask = tf.split(tensor, [self.features, self.shape[1] - self.features - 1, 1], axis=2)
        if self.mix is not None:
            numbers = mixed_steps(numbers, mask[..., 0] > 0, self.mix, seed + 3)
        if self.scale:
            per_series = (tf.shape(tensor)[0], 1, self.features)
            numbers *= tf.random.stateless_uniform(per_series, seed, 1.0 - self.scale, 1.0 + self.scale)
        if self.noise:
            numbers += tf.random.stateless_normal(tf.shape(numbers), seed + 1, stddev=self.noise)
        if self.time_mask:
            left = keep_outside_span(tf.shape(tensor)[0], self.steps, self.time_mask, seed + 2)[..., None]
            numbers, flags = tf.where(left, numbers, 0.0), tf.where(left, flags, 1.0)
        return tf.concat([numbers * mask, flags * mask, mask], axis=2)


def first_and_last(there: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The first and the last place of each row of `(batch, places)` that is there, int32; all of a row without one."""
    marks = tf.cast(there, tf.int32)
    first = tf.argmax(marks, axis=1, output_type=tf.int32)
    behind = tf.argmax(tf.reverse(marks, axis=[1]), axis=1, output_type=tf.int32)
    return first, tf.shape(there)[1] - 1 - behind


def mixed_steps(numbers: tf.Tensor, there: tf.Tensor, least: float, seed: tf.Tensor) -> tf.Tensor:
    """Each step x that is there as x + share * (other - x), another one that is there and a share drawn for each.

    Args:
        numbers: `(batch, steps, features)`.
        there: `(batch, steps)` bool; the other steps become zeros.
        least: the smallest share, up to 1.
        seed: of the draws, `(2,)`.
    """
    own = tf.boolean_mask(numbers, there)
    share, place = tf.unstack(tf.random.stateless_uniform((2, tf.shape(own)[0], 1), seed))
    others = tf.gather(own, tf.cast(place[:, 0] * tf.cast(tf.shape(own)[0], tf.float32), tf.int32))
    return tf.scatter_nd(
        tf.where(there), own + (least + (1.0 - least) * share) * (others - own), tf.shape(numbers, tf.int64)
    )


def stretched(tensor: tf.Tensor, largest_share: float, seed: tf.Tensor) -> tf.Tensor:
    """Each series `(batch, steps, channels + 1)` played slower or faster, readings in between interpolated.

    Step i becomes what stood at i / factor, with a factor of its own for each series, evenly drawn between
    1 - `largest_share` and 1 + `largest_share`. A step is there where the nearest one was.
    """
    steps = tf.shape(tensor)[1]
    factor = tf.random.stateless_uniform((tf.shape(tensor)[0], 1), seed, 1.0 - largest_share, 1.0 + largest_share)
    place = tf.range(steps, dtype=tf.float32)[None] / factor
    below = tf.cast(tf.floor(place), tf.int32)
    share = (place - tf.floor(place))[..., None]
    # Behind the last step stands padding.
    padded = tf.pad(tensor, [[0, 0], [0, 1], [0, 0]])
    first = tf.gather(padded, tf.minimum(below, steps), batch_dims=1)
    second = tf.gather(padded, tf.minimum(below + 1, steps), batch_dims=1)
    both_there = first[..., -1:] * second[..., -1:] > 0
    return tf.where(both_there, first + share * (second - first), tf.where(share < 0.5, first, second))


def carried_forward(numbers: tf.Tensor, read: tf.Tensor) -> tf.Tensor:
    """Each number that was not read becomes the last one read before it in its column, 0 where there is none.

    Args:
        numbers: `(batch, steps, features)`.
        read: the same shape, bool.
    """
    columns, marks = tf.transpose(numbers, [0, 2, 1]), tf.transpose(read, [0, 2, 1])
    # All that was read, column after column, behind a 0; how many were read so far is where the last one stands.
    readings = tf.concat([[0.0], tf.boolean_mask(columns, marks)], 0)
    counted = tf.cast(marks, tf.int32)
    so_far = tf.reshape(tf.cumsum(tf.reshape(counted, [-1])), tf.shape(marks))
    carried = tf.gather(readings, tf.where(tf.cumsum(counted, axis=2) > 0, so_far, 0))
    return tf.transpose(carried, [0, 2, 1])
