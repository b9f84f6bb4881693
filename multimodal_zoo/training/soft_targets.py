"""A teacher's answers behind the labels."""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf

from multimodal_zoo.training.pipeline import Prepared


def with_answers(splits: tuple[Prepared, ...], answers: tuple[np.ndarray, ...]) -> tuple[Prepared, ...]:
    """The splits with labels `(records, labels + outputs)`: their own, then a teacher's answers."""
    taught = []
    for split, soft in zip(splits, answers, strict=True):
        if len(soft) != len(split):
            raise ValueError(f"There are soft targets for {len(soft)} records, and the split has {len(split)}.")
        labels = tf.reshape(tf.cast(split.labels, tf.float32), [len(split), -1])
        taught.append(dataclasses.replace(split, labels=tf.concat([labels, tf.cast(soft, tf.float32)], axis=1)))
    return tuple(taught)
