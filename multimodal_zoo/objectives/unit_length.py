"""Vectors of length 1."""

from __future__ import annotations

from typing import Any

from keras import ops


def unit_length(vectors: Any) -> Any:
    """Each vector of the last axis divided by its length.

    The zero vector stays zero and gets no gradient: an absent modality must not push with 1/0.
    """
    squares = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    there = squares > 0
    return ops.where(there, vectors * ops.rsqrt(ops.where(there, squares, 1.0)), 0.0)
