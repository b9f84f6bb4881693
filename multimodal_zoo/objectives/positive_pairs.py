"""Which pairs of a batch belong together, and which do not."""

from __future__ import annotations

from typing import Any

from keras import ops


def positive_pairs(y_true: Any, scores: Any) -> Any:
    """Marks the pairs (row of the first modality, column of the second) that belong together.

    Args:
        y_true: `(batch,)` or `(batch, 1)` group numbers, below 2^24: records of one number belong together, as several
            captions of one picture do. Or `(batch, batch)`, 1 where a row and a column belong together.
        scores: `(batch, batch)`, how well each row fits each column.

    Returns:
        Booleans `(batch, batch)`.

    Raises:
        ValueError: if the scores are not square, or `y_true` does not go with them.

    Example:
        >>> positive_pairs(ops.array([7, 7, 3]), ops.zeros((3, 3)))
        [[True, True, False], [True, True, False], [False, False, True]]
    """
    shape, labels = tuple(scores.shape), tuple(y_true.shape)
    if not may_be(shape, (None, None)) or not may_be(shape, shape[::-1]):
        raise ValueError(
            f"The scores must have the shape (batch, batch), every record against every other; received {shape}. "
            "`PairScores` makes them from two batches of embeddings."
        )
    batch = shape[0] or shape[1]
    if not any(may_be(labels, form) for form in ((batch,), (batch, 1), (batch, batch))):
        raise ValueError(
            f"y_true must have the shape (batch,) or (batch, 1) for group numbers, or (batch, batch) for a table of "
            f"pairs, with the batch of the scores {shape}; received {labels}."
        )
    if len(labels) == 1 or labels[1] == 1:
        groups = ops.reshape(y_true, (-1,))
        return ops.equal(groups[:, None], groups[None, :])
    return ops.greater(y_true, 0.5)


def may_be(shape: tuple, form: tuple) -> bool:
    """Whether a shape, whose None are not known yet, may be of a form."""
    return len(shape) == len(form) and all(
        None in (size, wanted) or size == wanted for size, wanted in zip(shape, form, strict=True)
    )


def on_the_diagonal(scores: Any) -> Any:
    """Booleans `(batch, batch)`, true where a record meets itself."""
    count = ops.arange(ops.shape(scores)[0])
    return ops.equal(count[:, None], count[None, :])
