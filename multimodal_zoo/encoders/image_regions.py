"""The regions of an image: the cells of the feature map of a small convolutional network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders.feature_map import feature_map
from multimodal_zoo.encoders.layer_names import prefixed


def image_regions(
    filters: Sequence[int] = (64, 128, 256), normalization: str | None = "group", name: str | None = None
) -> Callable[[Any], Any]:
    """Makes an encoder of image regions, for what attends to parts of an image.

    The blocks are those of `image_cnn`. Each cell of the last feature map is a region; they come row by row, from the
    upper left one. A region sees more of the image than its own cell, the more so the more blocks there are.

    Args:
        filters: channels of each 3x3 convolution; a block halves height and width.
        normalization: "group", "batch" or None; why "group", `image_cnn` says.
        name: prefix of the layers' names.

    Returns:
        A callable that maps images (batch, height, width, channels), 0 to 1, to (batch, regions, filters[-1]).

    Raises:
        ValueError: if there are no filters or `normalization` is none of the three.

    Example:
        >>> image_regions((32, 64))(keras.Input((64, 64, 3))).shape
        (None, 256, 64)
    """
    look = feature_map("image_regions", filters, normalization, name)
    side_by_side = keras.layers.Reshape((-1, filters[-1]), name=prefixed(name, "regions"))

    def call(images: Any) -> Any:
        return side_by_side(look(images))

    return call
