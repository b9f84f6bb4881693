"""Maximum mean discrepancy: how far apart two distributions are, from samples of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.embedding_batch import rows_there, two_embedding_batches
from multimodal_zoo.objectives.squared_distances import squared_distances

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)


@keras.saving.register_keras_serializable(package="multimodal_zoo")
def mmd(
    first: Any,
    second: Any,
    bandwidths: Sequence[float] | None = None,
    unbiased: bool = True,
    there: Any = None,
) -> Any:
    """Squared maximum mean discrepancy with the mean of several Gaussian kernels.

    With k(x, y) = mean over the bandwidths b of exp(-|x - y|^2 / (2 b^2)), m rows x and n rows y:

        biased:    1/m^2 sum_ij k(x_i, x_j) + 1/n^2 sum_ij k(y_i, y_j) - 2/(mn) sum_ij k(x_i, y_j)
        unbiased:  the same, but i = j is left out of the first two sums, which are divided by m(m-1) and n(n-1)

    The biased one is never below 0 and is 0 for equal samples; the unbiased one has the right mean and may be negative.

    Args:
        first: `(m, width)`.
        second: `(n, width)`; without `there` the rows need not pair up.
        bandwidths: each greater than 0, in the unit of the vectors. None takes the root of a quarter to four times the
            mean squared distance of all pairs of the batch, as a constant: no gradient goes through it.
        unbiased: which of the two.
        there: booleans `(n,)`, which pairs of rows count, m being n; None if all do.

    Returns:
        A scalar; 0 where too few rows count, none or, unbiased, one.

    Raises:
        ValueError: if the two are not batches of vectors of one width, or too small, or a bandwidth is not above 0.

    Example:
        >>> AlignmentLoss(mmd, weight=0.1)([image, text])

    Reference: Gretton et al. 2012, A kernel two-sample test, JMLR 13, section 2.2 (both estimates); several kernels:
        Long et al. 2015, arXiv:1502.02791, section 3.1.
    """
    first, second = two_embedding_batches(first, second)
    if unbiased and 1 in (first.shape[0], second.shape[0]):
        raise ValueError("The unbiased MMD needs two or more rows of each; received one. Set unbiased=False.")
    if bandwidths is not None and (not bandwidths or not all(bandwidth > 0 for bandwidth in bandwidths)):
        raise ValueError(f"bandwidths must be numbers greater than 0, got {bandwidths!r}.")
    (first, second), (m, n) = rows_there((first, second), there)
    # Within the first, within the second, and between them: squared distances, and 1 for the pairs that count.
    squares = [squared_distances(one, other) for one, other in ((first, first), (second, second), (first, second))]
    counted = [ops.outer(one, other) for one, other in ((m, m), (n, n), (m, n))]
    if bandwidths is None:
        total = sum(ops.sum(table * pairs) for table, pairs in zip(squares, counted, strict=True))
        number = sum(ops.sum(pairs) for pairs in counted)
        scale = ops.maximum(ops.stop_gradient(total / ops.maximum(number, 1.0)), 1e-12)
        variances = [factor * scale for factor in FACTORS]
    else:
        variances = [bandwidth**2 for bandwidth in bandwidths]

    def kernel_sum(table: Any, pairs: Any) -> Any:
        kernel = sum(ops.exp(-table / (2 * variance)) for variance in variances) / len(variances)
        return ops.sum(kernel * pairs)

    def mean_within(table: Any, pairs: Any, rows: Any) -> Any:
        # k(x, x) is 1.
        left_out = ops.sum(rows) if unbiased else 0.0
        return (kernel_sum(table, pairs) - left_out) / ops.maximum(ops.sum(pairs) - left_out, 1.0)

    within = mean_within(squares[0], counted[0], m) + mean_within(squares[1], counted[1], n)
    discrepancy = within - 2 * kernel_sum(squares[2], counted[2]) / ops.maximum(ops.sum(counted[2]), 1.0)
    return discrepancy if there is None else ops.where(ops.sum(m) > float(unbiased), discrepancy, 0.0)
