"""Which negatives a ranking loss looks at."""

from __future__ import annotations

from typing import Any

from keras import ops

NEGATIVES = ("all", "semi_hard", "hardest")
FAR = 1e30


def known_negatives(negatives: str) -> str:
    """The name, or a ValueError that lists those there are."""
    if negatives not in NEGATIVES:
        raise ValueError(f"negatives must be one of {list(NEGATIVES)}, got {negatives!r}.")
    return negatives


def mined_hinges(gaps: Any, candidates: Any, margin: float, negatives: str) -> Any:
    """Sums or picks the hinges over the last axis.

    Args:
        gaps: `(..., negatives)`, margin - score of the positive + score of the negative.
        candidates: booleans that broadcast with `gaps`: what is a negative at all.
        margin: the margin in `gaps`.
        negatives: "all" sums the hinges of all; "hardest" takes the largest; "semi_hard" takes the largest among the
            negatives that score below the positive, or, where none does, the smallest of all.

    Returns:
        `(...)`, 0 where there is no negative.
    """
    if negatives == "all":
        return ops.sum(ops.where(candidates, ops.relu(gaps), 0.0), axis=-1)
    if negatives == "hardest":
        return ops.relu(largest(gaps, candidates))
    below = ops.logical_and(candidates, gaps < margin)
    easiest = -largest(-gaps, candidates)
    picked = ops.where(ops.any(below, axis=-1), largest(gaps, below), easiest)
    return ops.where(ops.any(candidates, axis=-1), ops.relu(picked), 0.0)


def largest(values: Any, candidates: Any) -> Any:
    """Maximum over the last axis of what is a candidate; far below zero where nothing is."""
    return ops.max(ops.where(candidates, values, -FAR), axis=-1)
