"""Made-up photographs: soft colours, compressed as a camera would."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def made_up_jpeg(
    draw: np.random.Generator, height: int, width: int, channels: int = 3, cells: int = 9, noise: float = 0.0
) -> bytes:
    """One picture of so many coloured cells on a side, which run into each other, with noise of so many levels."""
    coarse = draw.uniform(0, 255, (1, cells, cells, channels)).astype("float32")
    pixels = tf.image.resize(coarse, (height, width), "bicubic")[0]
    if noise:
        pixels += draw.normal(0, noise, pixels.shape).astype("float32")
    return tf.io.encode_jpeg(tf.cast(tf.clip_by_value(pixels, 0, 255), tf.uint8), quality=90).numpy()
