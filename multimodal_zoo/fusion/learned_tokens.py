"""Tokens that are learned, the same for every record."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

SMALL = keras.initializers.RandomNormal(stddev=0.02)


def for_each_row(tokens: Any, batch: Any) -> Any:
    """Repeats learned tokens for each row of a batch.

    Args:
        tokens: (number, dim).
        batch: number of rows.

    Returns:
        (batch, number, dim).

    Example:
        >>> for_each_row(np.array([[1., 2.]]), 2)
        [[[1., 2.]], [[1., 2.]]]
    """
    return ops.tile(ops.expand_dims(tokens, 0), (batch, 1, 1))
