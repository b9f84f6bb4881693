"""Attributions as colours: what speaks for an answer in red, what speaks against it in blue."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

# Of a white page: full red and full blue, far enough apart for those who see no red or green.
FOR, AGAINST = np.array([178.0, 24.0, 43.0]), np.array([33.0, 102.0, 172.0])


def strengths(values: np.ndarray, percentile: float = 99.0) -> np.ndarray:
    """Attributions scaled to -1..1, so that a few extreme ones do not leave the rest pale.

    Args:
        values: any shape.
        percentile: of the absolute values, in (0, 100]; it and all beyond get the full colour.

    Example:
        >>> strengths(np.array([0.0, -2.0, 1.0]), 100.0).tolist()
        [0.0, -1.0, 0.5]
    """
    largest = np.percentile(np.abs(values), percentile) if values.size else 0.0
    # One pixel of many may hold everything.
    largest = largest or np.abs(values).max(initial=0.0)
    return np.clip(values / largest, -1.0, 1.0) if largest > 0 else np.zeros_like(values, "float64")


def colour_of(strength: float) -> str:
    """The colour of a strength in -1..1 on white, as CSS writes it.

    Example:
        >>> colour_of(0.0), colour_of(1.0), colour_of(-1.0)
        ('#ffffff', '#b2182b', '#2166ac')
    """
    return "#" + "".join(f"{round(part):02x}" for part in mixed(np.full(3, 255.0), np.array(strength)))


def mixed(picture: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """A picture `(..., 3)` of 0..255 with the colour of strengths `(...)` laid over it."""
    share = np.abs(strength)[..., None]
    return picture * (1 - share) + np.where(strength[..., None] >= 0, FOR, AGAINST) * share


def overlay_png(pixels: np.ndarray, values: np.ndarray, opacity: float = 0.85, zoom: int = 1) -> bytes:
    r"""The picture in grey with its attributions in colour over it, as PNG bytes.

    Args:
        pixels: `(height, width, channels)` 0..1, 1 or 3 channels.
        values: `(height, width)` what each pixel adds.
        opacity: of the strongest colour, in (0, 1].
        zoom: how many pixels wide and high each one is drawn.

    Raises:
        ValueError: the shapes do not fit.

    Example:
        >>> overlay_png(np.zeros((8, 8, 1)), np.ones((8, 8)))[:4]
        b'\x89PNG'
    """
    if pixels.ndim != 3 or pixels.shape[:2] != values.shape:
        raise ValueError(
            f"A picture (height, width, channels) and values of its size; got {pixels.shape}, {values.shape}."
        )
    grey = np.repeat(pixels.mean(-1, keepdims=True) * 255.0, 3, axis=-1)
    drawn = mixed(grey, strengths(values) * opacity).round().clip(0, 255).astype("uint8")
    return tf.io.encode_png(drawn.repeat(zoom, axis=0).repeat(zoom, axis=1)).numpy()


def picture_png(pixels: np.ndarray, zoom: int = 1) -> bytes:
    """A picture `(height, width, 1 or 3)` of 0..1 as PNG bytes, each pixel `zoom` wide and high."""
    drawn = (pixels * 255.0).round().clip(0, 255).astype("uint8")
    return tf.io.encode_png(drawn.repeat(zoom, axis=0).repeat(zoom, axis=1)).numpy()
