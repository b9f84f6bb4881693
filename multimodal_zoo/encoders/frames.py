"""An image encoder over each frame of a video."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops


def check_frames(encoder: str, frames: Any) -> None:
    """Raises ValueError where a tensor is no video of a known number of frames.

    Args:
        encoder: who says so.
        frames: a tensor, to be (batch, steps, height, width, channels).
    """
    if len(frames.shape) != 5 or frames.shape[1] is None:
        raise ValueError(
            f"{encoder} takes frames (batch, steps, height, width, channels) of a fixed number of steps; "
            f"received the shape {tuple(frames.shape)}."
        )


def encode_each(encode: Callable[[Any], Any], frames: Any) -> Any:
    """Encodes each frame as an image, all with the same weights.

    The frames of all videos go through the encoder as one batch: the same as `keras.layers.TimeDistributed`, which
    takes only a layer, not an encoder.

    Args:
        encode: image encoder, (batch, height, width, channels) -> (batch, width of the encoder).
        frames: (batch, steps, height, width, channels).

    Returns:
        (batch, steps, width of the encoder).

    Example:
        >>> encode_each(image_cnn((16,)), keras.Input((8, 32, 32, 3))).shape
        (None, 8, 16)
    """
    steps = frames.shape[1]
    vectors = encode(ops.reshape(frames, (-1, *frames.shape[2:])))
    return ops.reshape(vectors, (-1, steps, vectors.shape[-1]))
