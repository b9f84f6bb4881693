"""The score of the prognostics challenge: late is worse than early."""

from __future__ import annotations

import numpy as np

EARLY, LATE = 13.0, 10.0


def remaining_life_score(labels: np.ndarray, predictions: np.ndarray) -> float:
    """NASA's score of remaining lives: the sum over machines of a penalty that grows exponentially with the error.

        s = sum_i exp(-d_i / 13) - 1 where d_i < 0 (too early), exp(d_i / 10) - 1 otherwise;
        d_i = predicted - true cycles left

    Lower is better, 0 is without error. A sum: of twice as many machines it is twice as large.

    Args:
        labels: `(machines,)` or `(machines, 1)` cycles left.
        predictions: the same, as predicted.

    Returns:
        The score.

    Raises:
        ValueError: there are more of one than of the other.

    Example:
        >>> remaining_life_score(np.array([50.0, 50.0]), np.array([60.0, 37.0]))  # 2 (e - 1)
        3.436563656918090

    Reference: Saxena et al. 2008, doi:10.1109/PHM.2008.4711414, section on the evaluation of performance.
    """
    labels, predictions = np.asarray(labels, "float64").reshape(-1), np.asarray(predictions, "float64").reshape(-1)
    if labels.shape != predictions.shape:
        raise ValueError(f"There are {labels.size} labels and {predictions.size} predictions.")
    late = predictions - labels
    return float(np.sum(np.expm1(np.where(late < 0, -late / EARLY, late / LATE))))
