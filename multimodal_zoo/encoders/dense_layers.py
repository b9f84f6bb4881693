"""The hidden layers of an MLP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders.dice import Dice
from multimodal_zoo.encoders.layer_names import prefixed


def dense_layers(
    hidden: Sequence[int],
    dropout: float = 0.0,
    activation: str | None = "relu",
    first: int = 1,
    name: str | None = "deep",
) -> Callable[[Any], Any]:
    """Makes dense layers, one after the other.

    Args:
        hidden: their units; none at all gives back what comes in.
        dropout: share dropped of what each layer reads, in [0, 1); what the last one gives is the head's to drop.
        activation: name of a Keras activation, or "dice", see `Dice`.
        first: the number in the name of the first layer.
        name: prefix of the layers' names.

    Returns:
        A callable that maps (batch, width) to (batch, hidden[-1]).

    Example:
        >>> dense_layers((128, 64), dropout=0.2)(keras.Input((48,))).shape
        (None, 64)
    """
    layers: list[keras.Layer] = []
    for number, units in enumerate(hidden, first):
        if dropout:
            layers.append(keras.layers.Dropout(dropout, name=prefixed(name, f"{number}_dropout")))
        g = None if activation == "dice" else activation
        layers.append(keras.layers.Dense(units, activation=g, name=prefixed(name, str(number))))
        if activation == "dice":
            layers.append(Dice(name=prefixed(name, f"{number}_dice")))

    def call(features: Any) -> Any:
        for layer in layers:
            features = layer(features)
        return features

    return call
