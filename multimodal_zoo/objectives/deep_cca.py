"""The objective of deep canonical correlation analysis."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from multimodal_zoo.objectives.embedding_batch import centred_rows, embedding_batch, rows_there


@keras.saving.register_keras_serializable(package="multimodal_zoo")
def deep_cca_loss(
    first: Any, second: Any, regularization: float = 1e-4, components: int | None = None, there: Any = None
) -> Any:
    """Minus the sum of the canonical correlations of two batches of representations.

    With the covariances of the batch, S11 and S22 each plus r times the identity:

        loss = -sum of the `components` largest singular values of T = S11^(-1/2) S12 S22^(-1/2)

    The inverses of Cholesky factors stand in for S^(-1/2): T keeps its singular values, and the gradient stays finite
    where eigenvalues of the covariances are equal. The batch has to be several times as large as the vectors are wide:
    with fewer records than columns any two views correlate perfectly.

    Args:
        first: `(batch, width)` representations of one modality.
        second: `(batch, width)` of the other, rows in the same order; the widths may differ.
        regularization: r, greater than 0.
        components: how many correlations count; None for all.
        there: booleans `(batch,)`, which records count; None if all do. The content of the others is not read.

    Returns:
        A scalar, between minus the width of the narrower view and 0; 0 where fewer than two records count.

    Raises:
        ValueError: if the two are not batches of the same records, or an argument is out of range.

    Example:
        >>> AlignmentLoss(deep_cca_loss, weight=0.1)([image, text])

    Reference: Andrew et al. 2013, Deep canonical correlation analysis, ICML, section 3.
    """
    first, second = embedding_batch(first), embedding_batch(second)
    shapes = tuple(first.shape), tuple(second.shape)
    records = {shape[0] for shape in shapes} - {None}
    if len(records) > 1 or 1 in records:
        raise ValueError(f"Deep CCA needs the same two or more records of both modalities; received {shapes}.")
    if not regularization > 0:
        raise ValueError(f"regularization must be greater than 0, got {regularization!r}.")
    narrower = min(shape[1] for shape in shapes)
    if components is not None and not 1 <= components <= narrower:
        raise ValueError(f"components must be between 1 and the narrower width {narrower}, got {components!r}.")
    views, counts = rows_there((first, second), there)
    (first, degrees), (second, _) = (centred_rows(view, count) for view, count in zip(views, counts, strict=True))
    cross = ops.matmul(ops.transpose(first), second) / degrees
    half = ops.solve_triangular(cholesky_factor(first, degrees, regularization), cross, lower=True)
    whole = ops.solve_triangular(cholesky_factor(second, degrees, regularization), ops.transpose(half), lower=True)
    correlations = ops.svd(whole, full_matrices=False, compute_uv=False)
    return -ops.sum(correlations[: components or narrower])


def cholesky_factor(centred: Any, degrees: Any, regularization: float) -> Any:
    """L with L L' = covariance + regularization * identity."""
    covariance = ops.matmul(ops.transpose(centred), centred) / degrees
    return ops.cholesky(covariance + regularization * ops.eye(centred.shape[1]))
