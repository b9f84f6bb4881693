"""The cross-entropy of each row of a table of scores with its positive pairs."""

from __future__ import annotations

from typing import Any

from keras import ops


def row_cross_entropy(scores: Any, pairs: Any) -> Any:
    """Cross-entropy of softmax(scores) with equal shares for the positive pairs of the row.

    Args:
        scores: `(batch, batch)` logits.
        pairs: booleans `(batch, batch)`.

    Returns:
        `(batch,)`; 0 in a row without a positive pair.
    """
    shares = ops.cast(pairs, scores.dtype)
    shares = shares / ops.maximum(ops.sum(shares, axis=1, keepdims=True), 1)
    return ops.sum(shares * (ops.logsumexp(scores, axis=1, keepdims=True) - scores), axis=1)
