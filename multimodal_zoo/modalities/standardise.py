"""Numbers to mean 0 and variance 1 of the training split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf


def mean_and_variance(owner: str, rows: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and variance of each column, over what is finite in it; a constant column gets the variance 1.

    Args:
        owner: whose numbers they are, for the message.
        rows: `(rows, columns)`.

    Raises:
        ValueError: a column has no finite number.

    Example:
        >>> mean_and_variance("Numeric", np.array([[1.0, 5.0], [3.0, np.nan]]))
        ((2.0, 5.0), (1.0, 1.0))
    """
    rows = np.where(np.isfinite(rows), rows, np.nan).astype("float64")
    if np.isnan(rows).all(axis=0).any():
        raise ValueError(f"{owner}: adapt() got a column without a single finite number; leave that modality out.")
    variance = np.nanvar(rows, axis=0)
    variance[variance == 0] = 1.0
    return tuple(np.nanmean(rows, axis=0).tolist()), tuple(variance.tolist())


def standardised(numbers: tf.Tensor, mean: Sequence[float], variance: Sequence[float], limit: float) -> tf.Tensor:
    """The columns of `(..., columns)` numbers less their mean, in standard deviations.

    What is further than `limit` from the mean is moved there; what is not finite takes the mean, 0.
    """
    finite = tf.math.is_finite(numbers)
    moved = (tf.where(finite, numbers, 0.0) - np.asarray(mean, "float32")) / deviations(variance)
    return tf.where(finite, tf.clip_by_value(moved, -limit, limit), 0.0)


def deviations(variance: Sequence[float]) -> np.ndarray:
    """The standard deviation of each column, never 0."""
    return np.sqrt(np.maximum(np.asarray(variance, "float32"), 1e-12))
