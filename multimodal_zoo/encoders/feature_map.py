"""The feature map of a small convolutional network: blocks one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from multimodal_zoo.encoders.convolution_block import convolution_block


def feature_map(
    encoder: str, filters: Sequence[int], normalization: str | None, name: str | None
) -> Callable[[Any], Any]:
    """Makes the blocks of convolution, max-pooling, normalisation and ReLU that the small image encoders share.

    Args:
        encoder: who says so when something is wrong.
        filters: channels of each 3x3 convolution; a block halves height and width.
        normalization: "group", "batch" or None.
        name: prefix of the layers' names.

    Returns:
        A callable that maps images (batch, height, width, channels) to (batch, rows, columns, filters[-1]).

    Raises:
        ValueError: if there are no filters, `normalization` is none of the three, or what comes is no image.

    Example:
        >>> feature_map("image_cnn", (32, 64), "group", "image")(keras.Input((64, 64, 1))).shape
        (None, 16, 16, 64)
    """
    if not filters:
        raise ValueError(f"{encoder} needs at least one number of filters; received none.")
    blocks = [convolution_block(count, normalization, name, f"block_{index}") for index, count in enumerate(filters, 1)]

    def call(images: Any) -> Any:
        if len(images.shape) != 4:
            raise ValueError(
                f"{encoder} takes images (batch, height, width, channels); received the shape {tuple(images.shape)}."
            )
        features = images
        for block in blocks:
            features = block(features)
        return features

    return call
