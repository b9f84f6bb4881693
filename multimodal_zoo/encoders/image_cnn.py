"""A small convolutional network for images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders.convolution_block import convolution_block
from multimodal_zoo.encoders.layer_names import prefixed


def image_cnn(
    filters: Sequence[int] = (64, 128, 256),
    dropout: float = 0.0,
    normalization: str | None = "group",
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a small image encoder: blocks of convolution, ReLU and max-pooling, then the mean over the image.

    The default normalisation is by groups of channels of one image. It does not look at the other records of
    the batch: with batch normalisation the black images that stand for absent ones would shift the statistics
    of those that are there, in training, and the answer for a record would depend on its neighbours.
    On a CPU it costs about half as much time again as None, which does not look at other records either.

    Args:
        filters: channels of each 3x3 convolution; a block halves height and width.
        dropout: share of the features dropped at the end, 0 to 1.
        normalization: "group", "batch" or None.
        name: prefix of the layers' names.

    Returns:
        A callable that maps images (batch, height, width, channels), 0 to 1, to (batch, filters[-1]).

    Raises:
        ValueError: if there are no filters, or `normalization` is none of the three.

    Example:
        >>> image_cnn((32, 64))(keras.Input((64, 64, 1))).shape
        (None, 64)

    Reference:
        Wu 2018, arXiv:1803.08494 (group normalisation).
    """
    if not filters:
        raise ValueError("image_cnn needs at least one number of filters; received none.")
    blocks = [convolution_block(count, normalization, name, f"block_{index}") for index, count in enumerate(filters, 1)]
    pooling = keras.layers.GlobalAveragePooling2D(name=prefixed(name, "pooling"))
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None

    def call(images: Any) -> Any:
        if len(images.shape) != 4:
            raise ValueError(
                f"image_cnn takes images (batch, height, width, channels); received the shape {tuple(images.shape)}."
            )
        features = images
        for block in blocks:
            features = block(features)
        features = pooling(features)
        return features if drop is None else drop(features)

    return call
