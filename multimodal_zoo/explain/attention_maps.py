"""What the layers of a network attended to when it answered a record."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.predict import record_inputs


def attention_maps(bundle: Bundle, record: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The attention weights of every layer that has some, for one record.

    A layer has some if it has a method `attention_weights` that takes what its `call` takes, `training` apart, and
    answers with non-negative weights `(batch, ..., places)`, which sum to 1 over the places that are there and are all
    0 where none is; or with a dict of such.

    Args:
        bundle: trained network.
        record: raw values by modality, as `predict_record` takes them.

    Returns:
        By the name of the layer (of an inner one behind that of the layer it is in, and of several answers with the
        name of each), weights `(..., places)` float64, without the batch axis. The places of additive attention are
        the modalities, in the order of the presence columns; those of a text its words; those of an image its
        regions, row by row from the upper left. A layer that is called several times is numbered.

    Raises:
        ValueError: no layer of the network has attention weights.
        UndecodableInput: as `predict_record`.

    Example:
        >>> attention_maps(bundle, {"image": "x.jpg", "report": "Clear lungs."})["joint"].round(2)
        array([0.31, 0.69])
    """
    attending = attending_layers(bundle.model)
    if not attending:
        raise ValueError(f"{bundle.card.name} has no layer with attention weights.")
    inputs, _ = record_inputs(bundle, record)
    with listening(attending) as heard:
        bundle.model(inputs, training=False)
    return heard


def attending_layers(layer: keras.Layer, within: str = "") -> dict[str, keras.Layer]:
    """The layers with attention weights inside a layer, at any depth, by their names."""
    found: dict[str, keras.Layer] = {}
    for inner in layer._flatten_layers(include_self=False, recursive=False):
        name = f"{within}{inner.name}"
        if hasattr(inner, "attention_weights"):
            found[name] = inner
        found.update(attending_layers(inner, f"{name}/"))
    return found


@contextlib.contextmanager
def listening(layers: Mapping[str, keras.Layer]) -> Iterator[dict[str, np.ndarray]]:
    """Write down the attention weights of each call of some layers, by their names."""
    heard: dict[str, np.ndarray] = {}

    def keep(name: str, weights: Any) -> None:
        if isinstance(weights, Mapping):
            for part, one in weights.items():
                keep(f"{name}/{part}", one)
            return
        number = sum(1 for known in heard if known == name or known.startswith(f"{name}#"))
        heard[f"{name}#{number + 1}" if number else name] = np.asarray(weights, "float64")[0]

    def listener(name: str, layer: keras.Layer) -> Any:
        call = layer.call

        def heard_call(*args: Any, **kwargs: Any) -> Any:
            content = {argument: value for argument, value in kwargs.items() if argument != "training"}
            keep(name, layer.attention_weights(*args, **content))
            return call(*args, **kwargs)

        return heard_call

    # Keras has no hooks. Past its attribute tracking: the layers are afterwards as they were.
    for name, layer in layers.items():
        layer.__dict__["call"] = listener(name, layer)
    try:
        yield heard
    finally:
        for layer in layers.values():
            del layer.__dict__["call"]
