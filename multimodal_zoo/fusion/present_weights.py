"""Weights over the modalities that are there: absent ones weigh nothing and the others sum to one."""

from __future__ import annotations

from typing import Any

from keras import ops

from multimodal_zoo.encoders.masked_softmax import masked_softmax


def softmax_over_present(scores: Any, present: Any) -> Any:
    """Softmax over the modalities that are there.

    Args:
        scores: (batch, modalities), or (modalities,) for scores shared by all rows; finite.
        present: boolean (batch, modalities), or None if everything is there.

    Returns:
        float32 weights, (batch, modalities) with `present`, otherwise of the shape of `scores`: 0 where
        absent, summing to 1 over the rest; a row with nothing there is all zeros.

    Example:
        >>> softmax_over_present(np.zeros(2), np.array([[True, True], [False, True]]))
        [[0.5, 0.5], [0., 1.]]
    """
    return masked_softmax(scores, present)


def normalise_over_present(weights: Any, present: Any) -> Any:
    """Scales non-negative weights to sum to one over the modalities that are there.

    Args:
        weights: (modalities,), non-negative.
        present: boolean (batch, modalities), or None if everything is there.

    Returns:
        float32 weights, (batch, modalities) with `present`, otherwise (modalities,): 0 where absent; a row in
        which nothing with a positive weight is there is all zeros.

    Example:
        >>> normalise_over_present(np.array([1., 3.]), np.array([[True, True], [True, False]]))
        [[0.25, 0.75], [1., 0.]]
    """
    weights = ops.cast(weights, "float32")
    if present is not None:
        weights = ops.where(present, weights, ops.zeros_like(weights))
    total = ops.sum(weights, axis=-1, keepdims=True)
    return weights / ops.where(total > 0, total, ops.ones_like(total))


def weighted_sum(weights: Any, features: Any) -> Any:
    """Sums features by weights, in the precision of the features.

    Args:
        weights: (batch, modalities) or (modalities,).
        features: (batch, modalities, dim).

    Returns:
        (batch, dim).

    Example:
        >>> weighted_sum(np.array([0.5, 0.5]), np.array([[[1., 2.], [3., 4.]]]))
        [[2., 3.]]
    """
    return ops.sum(ops.expand_dims(ops.cast(weights, features.dtype), -1) * features, axis=-2)
