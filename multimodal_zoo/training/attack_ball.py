"""What an attack may make of a modality."""

from __future__ import annotations

import tensorflow as tf

from multimodal_zoo.modalities import Modality

# The last channel of these is no content: it says what is there.
WITH_MASK = ("series", "video", "points")


class Ball:
    """All within epsilon of a batch of records, each number by itself, that could be records.

    Pictures stay within 0..1, and numbers within the limit of their modality; masks and absent records stay as they
    are.

    Args:
        modality: fitted, of numbers.
        centre: its tensor `(batch, ...)`.
        presence: `(batch,)`, 1 where it is there.
        epsilon: most that a number changes, 0 and more.
    """

    def __init__(self, modality: Modality, centre: tf.Tensor, presence: tf.Tensor, epsilon: float) -> None:
        self.centre, self.epsilon = centre, epsilon
        limit = getattr(modality, "limit", None)
        self.bounds = (0.0, 1.0) if modality.kind in ("image", "video") else limit and (-limit, limit)
        self.may_change = tf.reshape(presence > 0.5, [-1] + [1] * (len(centre.shape) - 1))
        if modality.kind in WITH_MASK:
            content = tf.repeat(centre[..., -1:] != 0, centre.shape[-1] - 1, axis=-1)
            self.may_change &= tf.concat([content, tf.zeros_like(centre[..., -1:], tf.bool)], -1)

    def nearest(self, changed: tf.Tensor) -> tf.Tensor:
        """The nearest to a changed tensor within the ball."""
        inside = tf.clip_by_value(changed, self.centre - self.epsilon, self.centre + self.epsilon)
        if self.bounds is not None:
            inside = tf.clip_by_value(inside, *self.bounds)
        return tf.where(self.may_change, inside, self.centre)
