"""The block that the small CNNs are made of: convolution, max-pooling, normalisation, ReLU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.encoders.layer_names import prefixed

NORMALIZATIONS = (None, "batch", "group")


def convolution_block(
    filters: int,
    normalization: str | None,
    name: str | None = None,
    part: str = "block",
    *,
    dimensions: int = 2,
    kernel_size: int = 3,
) -> Callable[[Any], Any]:
    """Makes a block: convolution, max-pooling by 2, normalisation, ReLU.

    Max-pooling comes first, so that what follows it works on a quarter of the numbers. An axis of which
    a single row is left is no longer halved.

    Args:
        filters: channels of the convolution.
        normalization: "batch", "group" (groups of at least 8 channels) or None.
        name: prefix of the layers' names.
        part: what the block is in its encoder, for the names.
        dimensions: 2 for pictures, 1 for series.
        kernel_size: of the convolution, along each axis.

    Returns:
        A callable (batch, height, width, channels) -> (batch, height / 2, width / 2, filters), or
        (batch, steps, channels) -> (batch, steps / 2, filters).

    Raises:
        ValueError: if `normalization` is none of the three or `filters` not positive.

    Example:
        >>> convolution_block(64, "group")(keras.Input((32, 32, 3))).shape
        (None, 16, 16, 64)
    """
    if normalization not in NORMALIZATIONS:
        raise ValueError(f'normalization must be "batch", "group" or None; received {normalization!r}.')
    if filters < 1:
        raise ValueError(f"filters must be positive; received {filters!r}.")
    convolve, pool = {
        1: (keras.layers.Conv1D, keras.layers.MaxPooling1D),
        2: (keras.layers.Conv2D, keras.layers.MaxPooling2D),
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
    normalize: Callable[[Any], Any] | None = None
    if normalization == "batch":
        normalize = keras.layers.BatchNormalization(name=prefixed(name, f"{part}_normalization"))
    elif normalization == "group":
        groups = next(count for count in (8, 4, 2, 1) if filters % count == 0 and filters // count >= min(8, filters))
        normalize = keras.layers.GroupNormalization(groups, name=prefixed(name, f"{part}_normalization"))
    rectify = keras.layers.ReLU(name=prefixed(name, f"{part}_relu"))

    def call(tensor: Any) -> Any:
        features = convolution(tensor)
        window = tuple(1 if size == 1 else 2 for size in features.shape[1:-1])
        features = pool(window, name=prefixed(name, f"{part}_pooling"))(features)
        if normalize is not None:
            features = normalize(features)
        return rectify(features)

    return call
