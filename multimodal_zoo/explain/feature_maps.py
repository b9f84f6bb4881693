"""The feature maps of a modality's own branch of a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training.graph_nodes import nodes_in_order, run_from

# They only make a map smaller, or a vector of it.
POOLINGS = (
    keras.layers.AveragePooling2D,
    keras.layers.MaxPooling2D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalMaxPooling2D,
)


@dataclasses.dataclass(frozen=True)
class FeatureMap:
    """The answer of one layer, `(batch, rows, columns, channels)`.

    Args:
        tensor: the symbolic map.
        is_pooling: whether the layer only made another map smaller.
        network: the whole network within the network that the layer is part of, such as a backbone, or None.
        given, answer: what that network is called with, and what it answers; None without one.
    """

    tensor: keras.KerasTensor
    is_pooling: bool
    network: keras.Model | None = None
    given: keras.KerasTensor | None = None
    answer: keras.KerasTensor | None = None

    def run(self, model: keras.Model, inputs: Mapping[str, tf.Tensor], outputs: list[Any]) -> tuple[Any, list[Any]]:
        """The map, and some symbolic outputs of the model, each made from it: a tape around both sees how."""
        if self.network is None:
            features, *values = keras.Model(model.input, [self.tensor, *outputs])(inputs, training=False)
            return features, values
        given = keras.Model(model.input, self.given)(inputs, training=False)
        features, answer = keras.Model(self.network.inputs, [self.tensor, *self.network.outputs])(
            [given], training=False
        )
        symbols = [*model.input.values(), self.answer]
        values = [*(inputs[name] for name in model.input), answer]
        return features, run_from(model, dict(zip(map(id, symbols), values, strict=True)), outputs)


def feature_maps(model: keras.Model, modality: str) -> dict[str, FeatureMap]:
    """The feature maps that are made of one modality, and presence, alone.

    Args:
        model: network of the zoo.
        modality: one of its inputs.

    Returns:
        By the name of the layer, in the order of the graph, from the first layer with weights on: what is before holds
        only pixels. Empty where there is none.

    Example:
        >>> list(feature_maps(model, "image"))[-1]
        'image_pooling'
    """
    made_of_it, made_of_presence = {id(model.input[modality])}, {id(model.input.get(PRESENCE))}
    found, learned = {}, False
    for node in nodes_in_order(model):
        read = {id(tensor) for tensor in node.arguments.keras_tensors}
        if read <= made_of_presence:
            made_of_presence |= {id(tensor) for tensor in node.outputs}
            continue
        if not read & made_of_it or not read <= made_of_it | made_of_presence:
            continue
        made_of_it |= {id(tensor) for tensor in node.outputs}
        layer = node.operation
        learned = learned or bool(getattr(layer, "weights", None))
        if learned and isinstance(layer, keras.Model) and len(node.outputs) == len(layer.inputs) == 1:
            found.update(inner_maps(layer, node.arguments.keras_tensors[0], node.outputs[0]))
        elif learned and is_map(node.outputs):
            found[layer.name] = FeatureMap(node.outputs[0], isinstance(layer, POOLINGS))
    return found


def inner_maps(network: keras.Model, given: keras.KerasTensor, answer: keras.KerasTensor) -> dict[str, FeatureMap]:
    """The feature maps within a network that is called as one layer."""
    return {
        node.operation.name: FeatureMap(node.outputs[0], isinstance(node.operation, POOLINGS), network, given, answer)
        for node in nodes_in_order(network)
        if is_map(node.outputs)
    }


def is_map(outputs: Any) -> bool:
    """Whether a layer answers with one tensor (batch, rows, columns, channels)."""
    return len(outputs) == 1 and len(outputs[0].shape) == 4
