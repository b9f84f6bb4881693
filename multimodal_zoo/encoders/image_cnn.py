"""A small convolutional network for images."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders.feature_map import feature_map
from multimodal_zoo.encoders.layer_names import prefixed


def image_cnn(
    filters: Sequence[int] = (64, 128, 256),
    cells: int = 4,
    dropout: float = 0.0,
    normalization: str | None = "group",
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a small image encoder: blocks of convolution, max-pooling and ReLU, then what is seen where.

    The last feature map is averaged down to at most `cells` x `cells` cells, which a dense layer reads in their
    places. The mean over the whole image (cells=1) forgets where a stroke or a shadow was, and learns digits far more
    slowly.

    The default normalisation is by groups of channels of one image. It does not look at the other records of
    the batch: with batch normalisation the black images that stand for absent ones would shift the statistics
    of those that are there, in training, and the answer for a record would depend on its neighbours.
    None, which does not look at other records either, is somewhat cheaper.

    Args:
        filters: channels of each 3x3 convolution; a block halves height and width.
        cells: most rows and columns of cells that are told apart; 1 for images of any size.
        dropout: share of the features dropped at the end, 0 to 1.
        normalization: "group", "batch" or None.
        name: prefix of the layers' names.

    Returns:
        A callable that maps images (batch, height, width, channels), 0 to 1, to (batch, filters[-1]).

    Raises:
        ValueError: if there are no filters, `cells` is below 1, `normalization` is none of the three, or the images
            are of any size and `cells` is not 1.

    Example:
        >>> image_cnn((32, 64))(keras.Input((64, 64, 1))).shape
        (None, 64)

    Reference:
        Wu 2018, arXiv:1803.08494 (group normalisation).
    """
    look = feature_map("image_cnn", filters, normalization, name)
    if cells < 1:
        raise ValueError(f"cells must be at least 1; received cells={cells!r}.")
    poolings: dict[tuple[int, int] | None, keras.Layer] = {}
    flatten = keras.layers.Flatten(name=prefixed(name, "in_place"))
    read = keras.layers.Dense(filters[-1], activation="relu", name=prefixed(name, "cells"))
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None

    def call(images: Any) -> Any:
        features = look(images)
        sizes = features.shape[1:3]
        if cells > 1 and None in sizes:
            raise ValueError(f"Images of any size need cells=1; received cells={cells} and images {images.shape[1:]}.")
        window = None if cells == 1 else tuple(math.ceil(size / cells) for size in sizes)
        if window not in poolings:
            poolings[window] = _average(window, prefixed(name, "pooling"))
        features = read(flatten(poolings[window](features)))
        return features if drop is None else drop(features)

    return call


def _average(window: tuple[int, int] | None, name: str | None) -> keras.Layer:
    if window is None:
        return keras.layers.GlobalAveragePooling2D(name=name)
    return keras.layers.AveragePooling2D(window, padding="same", name=name)
