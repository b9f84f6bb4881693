"""Maximum mean discrepancy: how far apart two distributions are, from samples of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.embedding_batch import two_embedding_batches
from multimodal_zoo.objectives.squared_distances import squared_distances

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)


@keras.saving.register_keras_serializable(package="multimodal_zoo")
def mmd(first: Any, second: Any, bandwidths: Sequence[float] | None = None, unbiased: bool = True) -> Any:
    """Squared maximum mean discrepancy with the mean of several Gaussian kernels.

    With k(x, y) = mean over the bandwidths b of exp(-|x - y|^2 / (2 b^2)), m rows x and n rows y:

        biased:    1/m^2 sum_ij k(x_i, x_j) + 1/n^2 sum_ij k(y_i, y_j) - 2/(mn) sum_ij k(x_i, y_j)
        unbiased:  the same, but i = j is left out of the first two sums, which are divided by m(m-1) and n(n-1)

    The biased one is never below 0 and is 0 for equal samples; the unbiased one has the right mean and may be negative.

    Args:
        first: `(m, width)`.
        second: `(n, width)`; the rows need not pair up.
        bandwidths: each greater than 0, in the unit of the vectors. None takes the root of a quarter to four times the
            mean squared distance of all pairs of the batch, as a constant: no gradient goes through it.
        unbiased: which of the two.

    Returns:
        A scalar.

    Raises:
        ValueError: if the two are not batches of vectors of one width, or too small, or a bandwidth is not above 0.

    Example:
        >>> AlignmentLoss(mmd, weight=0.1)([image, text])

    Reference: Gretton et al. 2012, A kernel two-sample test, JMLR 13, equations 3 (unbiased) and 5 (biased); several
        kernels: Long et al. 2015, arXiv:1502.02791, section 3.1.
    """
    first, second = two_embedding_batches(first, second)
    if unbiased and 1 in (first.shape[0], second.shape[0]):
        raise ValueError("The unbiased MMD needs two or more rows of each; received one. Set unbiased=False.")
    if bandwidths is not None and (not bandwidths or not all(bandwidth > 0 for bandwidth in bandwidths)):
        raise ValueError(f"bandwidths must be numbers greater than 0, got {bandwidths!r}.")
    within_first = squared_distances(first, first)
    within_second = squared_distances(second, second)
    between = squared_distances(first, second)
    if bandwidths is None:
        everything = ops.concatenate([ops.reshape(part, (-1,)) for part in (within_first, within_second, between)])
        scale = ops.maximum(ops.stop_gradient(ops.mean(everything)), 1e-12)
        variances = [factor * scale for factor in FACTORS]
    else:
        variances = [bandwidth**2 for bandwidth in bandwidths]

    def kernel(squares: Any) -> Any:
        return sum(ops.exp(-squares / (2 * variance)) for variance in variances) / len(variances)

    def mean_within(squares: Any) -> Any:
        rows = ops.cast(ops.shape(squares)[0], "float32")
        # k(x, x) is 1.
        return (ops.sum(kernel(squares)) - rows) / (rows * (rows - 1)) if unbiased else ops.mean(kernel(squares))

    return mean_within(within_first) + mean_within(within_second) - 2 * ops.mean(kernel(between))
