"""Names of the layers of an encoder: a prefix, where one is wanted."""

from __future__ import annotations


def prefixed(prefix: str | None, part: str) -> str | None:
    """Names a layer after its encoder; without a prefix Keras names it.

    Args:
        prefix: the name of the encoder, or None.
        part: what the layer is in it.

    Returns:
        `prefix_part`, or None.

    Example:
        >>> prefixed("image", "conv_1")
        'image_conv_1'
    """
    return None if prefix is None else f"{prefix}_{part}"
