"""Ids as one vector for each, or as the mean of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_mean import MaskedMean


def each_or_mean(
    embed: Callable[[Any], Any], return_sequence: bool = False, name: str | None = None
) -> Callable[[Any], Any]:
    """Makes an encoder of ids from what makes a vector of each.

    Args:
        embed: maps ids (batch, ids) to (batch, ids, dim).
        return_sequence: whether to answer with a vector for each id.
        name: prefix of the layers' names.

    Returns:
        A callable that maps ids (batch, ids), 0 = absent, to the mean of the vectors of those that are there
        (batch, dim), or with `return_sequence` to (batch, ids, dim).

    Example:
        >>> each_or_mean(WordEmbedding(1000, 16))(keras.Input((3,), dtype="int32")).shape
        (None, 16)
    """
    average = MaskedMean(name=prefixed(name, "mean"))

    def call(ids: Any) -> Any:
        vectors = embed(ids)
        return vectors if return_sequence else average(vectors, ids)

    return call
