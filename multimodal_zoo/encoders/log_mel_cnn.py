"""A small convolutional network for log-mel spectrograms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders.convolution_block import convolution_block
from multimodal_zoo.encoders.layer_names import prefixed


def log_mel_cnn(
    filters: Sequence[int] = (64, 96, 128),
    kernel_size: int = 5,
    dropout: float = 0.0,
    normalization: str | None = "group",
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a small audio encoder: convolutions over time, the mel bands as channels, then the maximum over time.

    What is said may come at any time, but a band is not any band: the filters slide over the frames only. On the
    spoken digits this learned better, and in less time, than 3x3 convolutions over the spectrogram as a picture.

    Args:
        filters: channels of each convolution; a block halves the frames.
        kernel_size: frames a convolution looks at.
        dropout: share of the features dropped at the end, 0 to 1.
        normalization: "group" (see `image_cnn` for why), "batch" or None.
        return_sequence: whether to answer at each of the frames that are left, instead of the maximum over them.
        name: prefix of the layers' names.

    Returns:
        A callable that maps log-mel spectrograms (batch, frames, mels) to (batch, filters[-1]), or with
        `return_sequence` to (batch, frames / 2^len(filters), filters[-1]).

    Raises:
        ValueError: if there are no filters, or `normalization` is none of the three.

    Example:
        >>> log_mel_cnn((32, 64))(keras.Input((98, 40))).shape
        (None, 64)

    Reference:
        Waibel 1989, doi:10.1109/29.21701 (time-delay networks: shared weights over time, bands as inputs).
    """
    if not filters:
        raise ValueError("log_mel_cnn needs at least one number of filters; received none.")
    blocks = [
        convolution_block(count, normalization, name, f"block_{index}", dimensions=1, kernel_size=kernel_size)
        for index, count in enumerate(filters, 1)
    ]
    pooling = keras.layers.GlobalMaxPooling1D(name=prefixed(name, "pooling"))
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None

    def call(spectrograms: Any) -> Any:
        if len(spectrograms.shape) != 3:
            raise ValueError(
                f"log_mel_cnn takes spectrograms (batch, frames, mels); received the shape {tuple(spectrograms.shape)}."
            )
        features = spectrograms
        for block in blocks:
            features = block(features)
        if not return_sequence:
            features = pooling(features)
        return features if drop is None else drop(features)

    return call
