"""Deep CORAL: the second moments of two distributions are to agree."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.embedding_batch import two_embedding_batches


@keras.saving.register_keras_serializable(package="multimodal_zoo")
def coral(first: Any, second: Any) -> Any:
    """Squared Frobenius distance of the covariances of two batches of d-wide vectors: |C1 - C2|_F^2 / (4 d^2).

    Args:
        first: `(m, d)`.
        second: `(n, d)`; the rows need not pair up.

    Returns:
        A scalar, 0 where the covariances are equal. The means do not matter.

    Raises:
        ValueError: if the two are not batches of two or more vectors of the same width.

    Example:
        >>> AlignmentLoss(coral)([image, text])

    Reference: Sun and Saenko 2016, arXiv:1607.01719, equations 1 to 3.
    """
    first, second = two_embedding_batches(first, second)
    if 1 in (first.shape[0], second.shape[0]):
        raise ValueError("CORAL compares covariances: it needs two or more rows of each; received one.")
    difference = covariance(first) - covariance(second)
    return ops.sum(ops.square(difference)) / (4 * first.shape[1] ** 2)


def covariance(batch: Any) -> Any:
    """`(d, d)`, with one degree of freedom taken off."""
    centred = batch - ops.mean(batch, axis=0)
    return ops.matmul(ops.transpose(centred), centred) / ops.cast(ops.shape(batch)[0] - 1, "float32")
