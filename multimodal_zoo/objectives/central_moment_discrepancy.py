"""Central moment discrepancy: how far apart two distributions are, moment by moment."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.embedding_batch import rows_there, two_embedding_batches


@keras.saving.register_keras_serializable(package="multimodal_zoo")
def central_moment_discrepancy(first: Any, second: Any, moments: int = 5, span: float = 1.0, there: Any = None) -> Any:
    """The distance of the means, and of the central moments of each column up to an order.

    With c_k(X) = mean((x - mean(x))^k), column by column, and s the span:

        |mean(X) - mean(Y)| / s  +  sum over k = 2 .. moments of |c_k(X) - c_k(Y)| / s^k

    Args:
        first: `(m, width)`.
        second: `(n, width)`; without `there` the rows need not pair up.
        moments: the highest order, at least 1.
        span: length of the interval that the entries lie in, 1 behind a sigmoid.
        there: booleans `(n,)`, which pairs of rows count, m being n; None if all do.

    Returns:
        A scalar, at least 0; 0 where no pair counts.

    Raises:
        ValueError: if the two are not batches of vectors of one width, or an argument is out of range.

    Example:
        >>> AlignmentLoss(central_moment_discrepancy, weight=0.1)([image, text])

    Reference: Zellinger et al. 2017, arXiv:1702.08811, definition 2.
    """
    first, second = two_embedding_batches(first, second)
    if moments < 1 or not span > 0:
        raise ValueError(f"moments must be at least 1 and span above 0, got moments={moments!r}, span={span!r}.")
    (first, second), counts = rows_there((first, second), there)
    means = [column_means(batch, count) for batch, count in zip((first, second), counts, strict=True)]
    discrepancy = length(means[0] - means[1]) / span
    for order in range(2, moments + 1):
        one, other = (
            column_means(((batch - mean) / span) ** order, count)
            for batch, mean, count in zip((first, second), means, counts, strict=True)
        )
        discrepancy += length(one - other)
    return discrepancy


def column_means(batch: Any, counts: Any) -> Any:
    """`(width,)`, the mean of the rows whose count is 1; zeros where there is none."""
    return ops.sum(batch * counts[:, None], axis=0) / ops.maximum(ops.sum(counts), 1.0)


def length(vector: Any) -> Any:
    """Length of a vector, finite also where squares would not be; with no gradient at zero, where it has none."""
    scale = ops.stop_gradient(ops.maximum(ops.max(ops.abs(vector)), 1e-12))
    return scale * ops.sqrt(ops.maximum(ops.sum(ops.square(vector / scale)), 1e-12))
