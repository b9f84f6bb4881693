"""Where the rows of an embedding table lie: all of them here, unless a training says otherwise."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import keras

# Makes the weight of a table: it is given the layer, its own `add_weight` and what that is called with.
MakeTable = Callable[..., keras.Variable]
_make: ContextVar[MakeTable | None] = ContextVar("make_table", default=None)


@contextlib.contextmanager
def tables_made_by(make: MakeTable) -> Iterator[None]:
    """Tables of layers that are built within are made by a function of one's own.

    Args:
        make: called with the layer, its `add_weight` and the keyword arguments for that; gives the weight, which has
            the name "embeddings" and may have fewer rows than it was asked for.

    Example:
        >>> with tables_made_by(lambda layer, add_weight, **named: add_weight(**named)):
        ...     model = deepfm()
    """
    token = _make.set(make)
    try:
        yield
    finally:
        _make.reset(token)


class PlacedTable(keras.layers.Embedding):
    """An embedding whose table is made as `tables_made_by` says."""

    def add_weight(self, *arguments: Any, **named: Any) -> keras.Variable:
        if named.get("name") != "embeddings":
            return super().add_weight(*arguments, **named)
        # Rows are cast once they are read, never the whole table.
        named["autocast"] = False
        make = _make.get()
        if make is None:
            return super().add_weight(*arguments, **named)
        return make(self, super().add_weight, *arguments, **named)
