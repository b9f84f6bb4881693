"""How unusual a record is to a network that tells events from the normal course of things."""

from __future__ import annotations

import numpy as np


def anomaly_score(probabilities: np.ndarray, normal: int = 0) -> np.ndarray:
    """One minus the probability of the normal class: 0 as ever, 1 certainly not normal.

    It ranks records as far as the network was shown what an anomaly may be. Of an event unlike any in training it says
    nothing reliable.

    Args:
        probabilities: `(records, classes)`, as a network of classes answers.
        normal: number of the class that is no event.

    Returns:
        `(records,)` in 0..1.

    Raises:
        ValueError: there is no such class, or these are no probabilities of classes.

    Example:
        >>> anomaly_score(np.array([[0.75, 0.25, 0.0]]))
        array([0.25])
    """
    probabilities = np.asarray(probabilities)
    if probabilities.ndim != 2 or not 0 <= normal < probabilities.shape[1]:
        raise ValueError(
            f"anomaly_score takes probabilities (records, classes) and the number of one class; received the shape "
            f"{probabilities.shape} and normal={normal!r}."
        )
    return 1.0 - probabilities[:, normal]
