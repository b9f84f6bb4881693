"""The normalisations that the convolutional encoders offer."""

from __future__ import annotations

import keras

NORMALIZATIONS = (None, "batch", "group")


def normalization_layer(normalization: str | None, channels: int, name: str | None = None) -> keras.Layer | None:
    """Makes the normalisation of that name, over channels at the last axis.

    Args:
        normalization: "batch", "group" (groups of at least 8 channels) or None.
        channels: how many channels there are.
        name: name of the layer.

    Returns:
        The layer, or None for None.

    Raises:
        ValueError: if `normalization` is none of the three.

    Example:
        >>> normalization_layer("group", 64).groups
        8
    """
    if normalization not in NORMALIZATIONS:
        raise ValueError(f'normalization must be "batch", "group" or None; received {normalization!r}.')
    if normalization is None:
        return None
    if normalization == "batch":
        return keras.layers.BatchNormalization(name=name)
    groups = next(count for count in (8, 4, 2, 1) if channels % count == 0 and channels // count >= min(8, channels))
    return keras.layers.GroupNormalization(groups, name=name)
