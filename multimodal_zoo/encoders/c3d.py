"""Video by 3-D convolutions, over time as over height and width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders.convolution_block import convolution_block
from multimodal_zoo.encoders.frames import check_frames
from multimodal_zoo.encoders.layer_names import prefixed


def c3d(
    filters: Sequence[int] = (16, 32, 64),
    dropout: float = 0.0,
    normalization: str | None = "group",
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a small video encoder of 3x3x3 convolutions and max-pooling, then the mean over time and place.

    The first pooling leaves time alone, so as not to lose motion at once, the others halve it.

    Departs from the paper: narrower, with a normalisation, and a mean in place of two dense layers of 4096 units.

    Args:
        filters: channels of each 3x3x3 convolution; a block halves height and width.
        dropout: share of the features dropped at the end, 0 to 1.
        normalization: "group" (see `image_cnn` for why), "batch" or None.
        name: prefix of the layers' names.

    Returns:
        A callable that maps clips (batch, steps, height, width, channels), 0 to 1, of one length, to
        (batch, filters[-1]).

    Raises:
        ValueError: if there are no filters, `normalization` is none of the three, or the clips of another form.

    Example:
        >>> c3d((8, 16))(keras.Input((8, 32, 32, 3))).shape
        (None, 16)

    Reference:
        Tran 2015, arXiv:1412.0767, section 3.
    """
    if not filters:
        raise ValueError("c3d needs at least one number of filters; received none.")
    blocks = [
        convolution_block(count, normalization, name, f"block_{index}", dimensions=3, halve_steps=index > 1)
        for index, count in enumerate(filters, 1)
    ]
    pooling = keras.layers.GlobalAveragePooling3D(name=prefixed(name, "pooling"))
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None

    def call(clips: Any) -> Any:
        check_frames("c3d", clips)
        features = clips
        for block in blocks:
            features = block(features)
        features = pooling(features)
        return features if drop is None else drop(features)

    return call
