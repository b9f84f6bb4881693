"""The block that the small CNNs are made of: convolution, max-pooling, normalisation, ReLU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.encoders.convolution import Conv2D
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.normalization import normalization_layer


def convolution_block(
    filters: int,
    normalization: str | None,
    name: str | None = None,
    part: str = "block",
    *,
    dimensions: int = 2,
    kernel_size: int = 3,
    halve_steps: bool = True,
) -> Callable[[Any], Any]:
    """Makes a block: convolution, max-pooling by 2, normalisation, ReLU.

    Max-pooling comes first, so that what follows it works on a quarter of the numbers. An axis of which
    a single row is left is no longer halved.

    Args:
        filters: channels of the convolution.
        normalization: "batch", "group" (groups of at least 8 channels) or None.
        name: prefix of the layers' names.
        part: what the block is in its encoder, for the names.
        dimensions: 2 for pictures, 1 for series, 3 for clips of pictures.
        kernel_size: of the convolution, along each axis.
        halve_steps: whether the first axis is halved with the others.

    Returns:
        A callable (batch, height, width, channels) -> (batch, height / 2, width / 2, filters),
        (batch, steps, channels) -> (batch, steps / 2, filters), or
        (batch, steps, height, width, channels) -> (batch, steps / 2, height / 2, width / 2, filters).

    Raises:
        ValueError: if `normalization` is none of the three or `filters` not positive.

    Example:
        >>> convolution_block(64, "group")(keras.Input((32, 32, 3))).shape
        (None, 16, 16, 64)
    """
    if filters < 1:
        raise ValueError(f"filters must be positive; received {filters!r}.")
    normalize = normalization_layer(normalization, filters, prefixed(name, f"{part}_normalization"))
    convolve, pool = {
        1: (keras.layers.Conv1D, keras.layers.MaxPooling1D),
        2: (Conv2D, keras.layers.MaxPooling2D),
        3: (keras.layers.Conv3D, keras.layers.MaxPooling3D),
    }[dimensions]
    convolution = convolve(
        filters,
        kernel_size,
        padding="same",
        # What a normalisation subtracts again need not be learned.
        use_bias=normalization is None,
        kernel_initializer="he_normal",
        name=prefixed(name, f"{part}_convolution"),
    )
    rectify = keras.layers.ReLU(name=prefixed(name, f"{part}_relu"))
    # A layer for each window, so that an encoder called twice has no two layers of one name.
    poolings: dict[tuple[int, ...], keras.Layer] = {}

    def call(tensor: Any) -> Any:
        features = convolution(tensor)
        window = tuple(1 if size == 1 else 2 for size in features.shape[1:-1])
        if not halve_steps:
            window = (1, *window[1:])
        if window not in poolings:
            poolings[window] = pool(window, name=prefixed(name, f"{part}_pooling"))
        features = poolings[window](features)
        if normalize is not None:
            features = normalize(features)
        return rectify(features)

    return call
