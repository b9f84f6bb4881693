"""Orthogonality: two representations of the same records are to say different things."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.embedding_batch import centred_rows, embedding_batch, rows_there
from multimodal_zoo.objectives.unit_length import unit_length


@keras.saving.register_keras_serializable(package="multimodal_zoo")
def orthogonality(first: Any, second: Any, there: Any = None) -> Any:
    """Mean square of the products of each column of one batch with each column of the other.

    With A and B the batches less their means, each row of length 1, of widths d and e: |A' B|_F^2 / (d e).

    Args:
        first: `(batch, d)`.
        second: `(batch, e)`, rows in the same order.
        there: booleans `(batch,)`, which records count; None if all do.

    Returns:
        A scalar, at least 0; 0 where the columns of one are orthogonal to those of the other, and where fewer than two
        records count.

    Raises:
        ValueError: if the two are not batches of vectors of the same records.

    Example:
        >>> AlignmentLoss(orthogonality, weight=0.1)([shared, private])

    Reference: Bousmalis et al. 2016, arXiv:1608.06019, equation 5; rows of length 1 and the mean instead of the sum as
        in Hazarika et al. 2020 (MISA), arXiv:2005.03545, section 3.5.2, and its authors' code.
    """
    first, second = embedding_batch(first), embedding_batch(second)
    shapes = tuple(first.shape), tuple(second.shape)
    if len({shape[0] for shape in shapes} - {None}) > 1:
        raise ValueError(f"orthogonality takes two batches of the same records; received the shapes {shapes}.")
    batches, counts = rows_there((first, second), there)
    one, other = (unit_length(centred_rows(batch, count)[0]) for batch, count in zip(batches, counts, strict=True))
    return ops.mean(ops.square(ops.matmul(ops.transpose(one), other)))
