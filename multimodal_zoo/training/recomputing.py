"""Training that keeps less in memory, and computes it again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras


@contextlib.contextmanager
def recomputing(model: keras.Model, asked: bool) -> Iterator[None]:
    """While it lasts, the blocks of Transformers in a network keep only what they were given; see `recomputed`.

    Args:
        model: the network. What it was traced to before stays as it is.
        asked: whether they are to.

    Raises:
        ValueError: the network has no such block.

    Example:
        >>> with recomputing(model, True):
        ...     model.fit(batches)
    """
    blocks = [layer for layer in model._flatten_layers() if hasattr(layer, "recomputes")] if asked else []
    if asked and not blocks:
        raise ValueError(f"recompute=True is for networks with Transformer blocks; {model.name} has none.")
    for block in blocks:
        block.recomputes = True
    try:
        yield
    finally:
        for block in blocks:
            block.recomputes = False
