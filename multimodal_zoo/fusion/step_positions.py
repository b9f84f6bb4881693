"""Which step of a sequence a token is, told by sines, padding not counted."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops


def step_numbers(there: Any) -> Any:
    """Numbers the steps that are there from 0; where the padding stands makes no difference to them.

    Args:
        there: boolean (batch, steps).

    Returns:
        float32 (batch, steps); the numbers at padding mean nothing.

    Example:
        >>> step_numbers(np.array([[True, False, True]]))
        [[0., 0., 1.]]
    """
    return ops.cumsum(ops.cast(there, "float32"), axis=1) - 1


def add_step_positions(tokens: Any, there: Any) -> Any:
    """Adds to each token the sinusoidal vector of its step, padding not counted.

    Args:
        tokens: (batch, steps, dim); the number of steps need not be known.
        there: boolean (batch, steps).

    Returns:
        As `tokens`.

    Example:
        >>> add_step_positions(np.zeros((1, 1, 4), "float32"), np.array([[True]]))
        [[[0., 1., 0., 1.]]]

    Reference:
        Vaswani 2017, arXiv:1706.03762, section 3.5.
    """
    places = np.arange(tokens.shape[-1])
    rates = (10000.0 ** -((places - places % 2) / len(places))).astype("float32")
    # A cosine is a sine a quarter of a turn ahead.
    ahead = (places % 2 * np.pi / 2).astype("float32")
    angles = ops.expand_dims(step_numbers(there), -1) * rates + ahead
    return tokens + ops.cast(ops.sin(angles), tokens.dtype)
