"""The calls of layers that a functional network consists of, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def run_from(model: keras.Model, given: Mapping[int, Any], wanted: Sequence[keras.KerasTensor]) -> list[Any]:
    """Run a network from tensors in its middle, as it answers and not as it trains.

    `keras.Model(tensors in the middle, outputs)` does the same with a copy of the graph; after it Keras can no longer
    save the network that the copy was made of.

    Args:
        model: functional network.
        given: values by the `id` of their symbolic tensors: all inputs of the network, and those in the middle whose
            layers are not to be called.
        wanted: the symbolic tensors to compute.

    Returns:
        A value for each of `wanted`.
    """
    values = dict(given)
    for node in nodes_in_order(model):
        if all(id(tensor) in values for tensor in node.outputs):
            continue
        arguments, named = node.arguments.fill_in(values)
        answers = keras.tree.flatten(node.operation(*arguments, **named))
        values.update(zip(map(id, node.outputs), answers, strict=True))
    return [values[id(tensor)] for tensor in wanted]
