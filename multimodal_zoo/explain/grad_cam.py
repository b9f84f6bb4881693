"""Where in a picture an answer comes from: the last feature map, weighted by its gradients (Grad-CAM)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.explain.feature_maps import feature_maps
from multimodal_zoo.explain.target_figure import TargetFigure, require_explained, target_figure
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.predict import record_inputs
from multimodal_zoo.unknown_name import UnknownName


@dataclasses.dataclass(frozen=True)
class ClassActivationMap:
    """Where the evidence for a figure lies.

    Args:
        target: the figure.
        modality: of whose tensor it is the map.
        layer: whose feature map was weighted.
        cells: `(rows, columns)` float64 of the feature map, 0 and up, in the unit of the figure before its activation.
        size: height and width of the modality's tensor.
    """

    target: TargetFigure
    modality: str
    layer: str
    cells: np.ndarray
    size: tuple[int, int]

    def resized(self) -> np.ndarray:
        """The map in the size of the picture, `(height, width)`, bilinear."""
        return tf.image.resize(self.cells[..., None], self.size).numpy()[..., 0].astype("float64")


def grad_cam(
    bundle: Bundle,
    record: Mapping[str, Any],
    *,
    modality: str | None = None,
    target: str | int | None = None,
    layer: str | None = None,
) -> ClassActivationMap:
    """The class activation map of one picture of a record.

        w_k = mean over the cells (i, j) of dy / dA_ijk;   map_ij = relu(sum_k w_k A_ijk)

    A is the feature map `(rows, columns, channels)` of the layer; y the figure before the softmax or sigmoid of the
    head, where the network ends with one.

    Args:
        bundle: trained network for classification, multi_label, ranking or regression.
        record: raw values by modality, as `predict_record` takes them.
        modality: an image, or another modality whose encoder has feature maps, such as a sound; None takes the first
            that has.
        target: name or number of the class or figure; None takes the largest.
        layer: name of a layer with a feature map; None takes the last one of the modality's own branch that is no
            pooling.

    Raises:
        UnknownName: there is no such modality, target or layer.
        ValueError: the modality is absent, has no feature map, or the map has no way to the answer.
        UndecodableInput: as `predict_record`.

    Example:
        >>> grad_cam(bundle, {"image": "x.jpg"}).resized().shape
        (128, 128)

    Reference: Selvaraju et al. 2017, arXiv:1610.02391, equations 1 and 2.
    """
    require_explained(bundle.card)
    model = bundle.model
    inputs, there = record_inputs(bundle, record)
    maps = {name: feature_maps(model, name) for name in bundle.modalities}
    if modality is None:
        modality = next((name for name in maps if maps[name] and there[name]), None)
    if modality is None:
        raise ValueError(
            f"No modality of this record has a feature map (batch, rows, columns, channels): {list(maps)}."
        )
    if modality not in maps:
        raise UnknownName("modality", modality, maps)
    if not there[modality]:
        raise ValueError(f"{modality!r} is absent from the record: there is nothing to draw a map of.")
    found = maps[modality]
    if not found:
        raise ValueError(f"No layer of {modality!r} has a feature map (batch, rows, columns, channels).")
    if layer is not None and layer not in found:
        raise UnknownName(f"layer of {modality!r} with a feature map", layer, found)
    unpooled = [name for name, one in found.items() if not one.is_pooling]
    layer = layer or (unpooled or list(found))[-1]

    with tf.GradientTape() as tape:
        features, (figures, prediction) = found[layer].run(model, inputs, [before_activation(model), model.output])
        figure = target_figure(bundle, prediction.numpy()[0], target)
        score = figures[0, figure.column]
    slopes = tape.gradient(score, features)
    if slopes is None:
        raise ValueError(f"The feature map of {layer!r} has no way to the answer that can be differentiated.")
    features, slopes = (tf.cast(one, tf.float64).numpy()[0] for one in (features, slopes))
    cells = np.maximum(features @ slopes.mean((0, 1)), 0.0)
    height, width = model.input[modality].shape[1:3]
    return ClassActivationMap(figure, modality, layer, cells, (height, width))


def before_activation(model: keras.Model) -> keras.KerasTensor:
    """The figures before the softmax or sigmoid that a network ends with, or as they are where it ends otherwise."""
    head, node, _ = model.output._keras_history
    if isinstance(head, keras.layers.Activation):
        return head._inbound_nodes[node].arguments.keras_tensors[0]
    return model.output
