"""What each modality contributed to an answer: exact Shapley values over all subsets of the modalities."""

from __future__ import annotations

import math

import numpy as np

# 2 ** 10 = 1024 passes of the network for each record; with more players the exact value is out of reach.
MOST_MODALITIES = 10


def subsets(modalities: int) -> np.ndarray:
    """Every subset of the modalities as a row of zeros and ones, `(2 ** modalities, modalities)` float32.

    Example:
        >>> subsets(2).tolist()
        [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    """
    numbers = np.arange(2**modalities)[:, None]
    return (numbers >> np.arange(modalities) & 1).astype("float32")


def shapley_matrix(modalities: int) -> np.ndarray:
    """The matrix that takes the answers on all `subsets` to the Shapley value of each modality.

    The value of modality i is the sum over the subsets S without it of |S|! (M - |S| - 1)! / M! times
    v(S with i) - v(S), which is linear in v.

    Args:
        modalities: M, from 1 to `MOST_MODALITIES`.

    Returns:
        `(modalities, 2 ** modalities)` float64; its columns are in the order of `subsets`. The values of all
        modalities add up to v(all) - v(none).

    Raises:
        ValueError: there are none, or too many for the exact value.

    Example:
        >>> shapley_matrix(2).tolist()
        [[-0.5, 0.5, -0.5, 0.5], [-0.5, -0.5, 0.5, 0.5]]

    Reference: Shapley 1953, A value for n-person games; Lundberg and Lee 2017, arXiv:1705.07874, equation 4.
    """
    if not 1 <= modalities <= MOST_MODALITIES:
        raise ValueError(
            f"Exact Shapley values are there for 1 to {MOST_MODALITIES} modalities, not for {modalities}: "
            f"they need 2 ** {modalities} answers for each record."
        )
    members = subsets(modalities).astype(bool)
    sizes = members.sum(axis=1)
    orders = math.factorial(modalities)
    matrix = np.zeros((modalities, len(members)))
    for player in range(modalities):
        for row, size in enumerate(sizes):
            if members[row, player]:
                matrix[player, row] = math.factorial(size - 1) * math.factorial(modalities - size) / orders
            else:
                matrix[player, row] = -math.factorial(size) * math.factorial(modalities - size - 1) / orders
    return matrix
