"""Drawn pixels as the PNG bytes a person would have."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def png_pictures(pixels: np.ndarray) -> list[bytes]:
    """Grey pictures as PNG bytes.

    Args:
        pixels: `(pictures, height, width)`, 0 black to 1 white; what lies outside is cut off.

    Returns:
        The bytes of each picture.

    Example:
        >>> len(png_pictures(np.zeros((3, 28, 28))))
        3
    """
    integers = np.clip(np.round(pixels * 255), 0, 255).astype(np.uint8)
    return tf.io.encode_png(integers[..., None]).numpy().tolist()
