"""Squared Euclidean distances between two batches of vectors."""

from __future__ import annotations

from typing import Any

from keras import ops


def squared_distances(first: Any, second: Any) -> Any:
    """|x_i - y_j|^2 as `(rows of first, rows of second)`, never below 0.

    From |x|^2 + |y|^2 - 2 x.y, which needs no tensor of differences; moved to the mean first, since far from the origin
    the three terms would cancel.
    """
    centre = ops.stop_gradient(ops.mean(second, axis=0))
    first, second = first - centre, second - centre
    squares = [ops.sum(ops.square(one), axis=1) for one in (first, second)]
    products = ops.matmul(first, ops.transpose(second))
    return ops.maximum(squares[0][:, None] + squares[1][None, :] - 2 * products, 0.0)
