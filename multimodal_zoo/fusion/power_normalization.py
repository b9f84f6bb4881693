"""Power and L2 normalisation of bilinear features, with gradients that are finite at zero too."""

from __future__ import annotations

from typing import Any

from keras import ops

SOFTNESS = 1e-4
"""Added to |x| under the root: the slope at zero is 1 / sqrt(SOFTNESS) = 100 and not infinite."""

SHORTEST = 1e-2
"""Vectors shorter than this are divided by it and not by their length."""


def signed_sqrt(x: Any) -> Any:
    """sign(x) sqrt(|x|), softened around zero: x / sqrt(|x| + SOFTNESS).

    Args:
        x: a tensor of any shape.

    Returns:
        A tensor of the same shape, within 1 / 2 SOFTNESS / |x| of the root, relatively.

    Example:
        >>> signed_sqrt(np.array([-9.0, 0.0, 4.0]))
        [-3., 0., 2.]
    """
    return x / ops.sqrt(ops.abs(x) + SOFTNESS)


def unit_length(x: Any) -> Any:
    """Divides each vector along the last axis by its Euclidean length, or by SHORTEST if it is shorter.

    Args:
        x: a float32 tensor, (..., width).

    Returns:
        A tensor of the same shape, of length 1 or less.

    Example:
        >>> unit_length(np.array([[3.0, 4.0], [0.0, 0.0]]))
        [[0.6, 0.8], [0., 0.]]
    """
    # The floor is on the square: the root itself has no finite slope at zero.
    squares = ops.sum(ops.square(x), axis=-1, keepdims=True)
    return x / ops.sqrt(ops.maximum(squares, SHORTEST**2))
