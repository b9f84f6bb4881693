"""The calls of layers that a functional network consists of, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras


def nodes_in_order(model: keras.Model) -> Iterator[Any]:
    """Each call of a layer or operation after those it depends on; the inputs are left out.

    Args:
        model: functional network.

    Yields:
        Nodes of Keras: `operation`, `arguments.keras_tensors` (what it reads) and `outputs`.
    """
    # Keras tells the order nowhere else.
    for depth in sorted(model._nodes_by_depth, reverse=True):
        yield from (node for node in model._nodes_by_depth[depth] if not node.is_input)
