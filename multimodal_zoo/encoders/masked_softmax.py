"""Softmax over the places that are there, exact also where there are none."""

from __future__ import annotations

from typing import Any

from keras import ops


def masked_softmax(scores: Any, mask: Any = None) -> Any:
    """Softmax along the last axis over the places where the mask is true.

    Args:
        scores: (..., places), finite.
        mask: boolean, of a shape that broadcasts with `scores`; None takes every place.

    Returns:
        float32 weights: exactly 0 where the mask is false and summing to 1 over the rest; a row in which the
            mask is
        false everywhere is all zeros, and so is its gradient.

    Example:
        >>> masked_softmax(np.zeros(2), np.array([[True, True], [False, True], [False, False]]))
        [[0.5, 0.5], [0., 1.], [0., 0.]]
    """
    scores = ops.cast(scores, "float32")
    if mask is None:
        mask = ops.ones_like(scores, dtype="bool")
    # The largest score of those there is taken off, so that exp stays in range. What is not there never
    # enters exp: neither the answer nor the gradient of an empty row can become 0 / 0 or 0 * inf.
    largest = ops.max(ops.where(mask, scores, ops.full_like(scores, -1e30)), axis=-1, keepdims=True)
    shifted = ops.where(mask, scores - ops.stop_gradient(largest), ops.zeros_like(scores))
    parts = ops.where(mask, ops.exp(shifted), ops.zeros_like(shifted))
    total = ops.sum(parts, axis=-1, keepdims=True)
    return parts / ops.where(total > 0, total, ops.ones_like(total))
