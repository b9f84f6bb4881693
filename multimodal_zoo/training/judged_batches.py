"""The batches on which each epoch is judged: as they are, and with each modality taken away."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import tensorflow as tf

from multimodal_zoo.training.pipeline import Prepared, evaluation_batches


def judged_batches(
    validation: Prepared, without: Iterable[str], *, batch_size: int, with_presence: bool, replicas: int
) -> tf.data.Dataset:
    """Batches of a validation split, once as it is and once more without each of some modalities.

    Args:
        validation: the split.
        without: names of the modalities that are taken away in turn.
        batch_size: of the training; these are of 256 records at least, as nothing is kept for a step backward.
        with_presence: whether the network reads what is there.
        replicas: see `evaluation_batches`.
    """
    splits = [validation, *(validation.without(name) for name in without)]
    return functools.reduce(
        tf.data.Dataset.concatenate,
        [
            evaluation_batches(one, batch_size=max(batch_size, 256), with_presence=with_presence, replicas=replicas)
            for one in splits
        ],
    )
