"""Deep CORAL: the second moments of two distributions are to agree."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.embedding_batch import centred_rows, rows_there, two_embedding_batches


@keras.saving.register_keras_serializable(package="multimodal_zoo")
def coral(first: Any, second: Any, there: Any = None) -> Any:
    """Squared Frobenius distance of the covariances of two batches of d-wide vectors: |C1 - C2|_F^2 / (4 d^2).

    Args:
        first: `(m, d)`.
        second: `(n, d)`; without `there` the rows need not pair up.
        there: booleans `(n,)`, which pairs of rows count; None if all do.

    Returns:
        A scalar, 0 where the covariances are equal, and where fewer than two pairs count. The means do not matter.

    Raises:
        ValueError: if the two are not batches of two or more vectors of the same width, or `there` does not go with
            them.

    Example:
        >>> AlignmentLoss(coral)([image, text])

    Reference: Sun and Saenko 2016, arXiv:1607.01719, section 3.1.
    """
    first, second = two_embedding_batches(first, second)
    if 1 in (first.shape[0], second.shape[0]):
        raise ValueError("CORAL compares covariances: it needs two or more rows of each; received one.")
    batches, counts = rows_there((first, second), there)
    difference = covariance(batches[0], counts[0]) - covariance(batches[1], counts[1])
    return ops.sum(ops.square(difference)) / (4 * first.shape[1] ** 2)


def covariance(batch: Any, counts: Any) -> Any:
    """`(d, d)` of the rows that count, with one degree of freedom taken off."""
    centred, degrees = centred_rows(batch, counts)
    return ops.matmul(ops.transpose(centred), centred) / degrees
