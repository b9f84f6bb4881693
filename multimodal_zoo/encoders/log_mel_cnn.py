"""A small convolutional network for log-mel spectrograms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders.convolution_block import convolution_block
from multimodal_zoo.encoders.layer_names import prefixed


def log_mel_cnn(
    filters: Sequence[int] = (32, 64, 128),
    dropout: float = 0.0,
    normalization: str | None = "group",
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a small audio encoder: the spectrogram as a grey picture, convolved, then the mean over it.

    Args:
        filters: channels of each 3x3 convolution; a block halves the frames and the mel bands.
        dropout: share of the features dropped at the end, 0 to 1.
        normalization: "group" (see `image_cnn` for why), "batch" or None.
        name: prefix of the layers' names.

    Returns:
        A callable that maps log-mel spectrograms (batch, frames, mels) to (batch, filters[-1]).

    Raises:
        ValueError: if there are no filters, or `normalization` is none of the three.

    Example:
        >>> log_mel_cnn((32, 64))(keras.Input((98, 40))).shape
        (None, 64)

    Reference:
        Hershey 2017, arXiv:1609.09430 (CNNs on log-mel patches).
    """
    if not filters:
        raise ValueError("log_mel_cnn needs at least one number of filters; received none.")
    blocks = [convolution_block(count, normalization, name, f"block_{index}") for index, count in enumerate(filters, 1)]
    pooling = keras.layers.GlobalAveragePooling2D(name=prefixed(name, "pooling"))
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None

    def call(spectrograms: Any) -> Any:
        if len(spectrograms.shape) != 3:
            raise ValueError(
                f"log_mel_cnn takes spectrograms (batch, frames, mels); received the shape {tuple(spectrograms.shape)}."
            )
        frames, mels = spectrograms.shape[1:]
        features = keras.layers.Reshape(
            (-1 if frames is None else frames, mels, 1), name=prefixed(name, "one_channel")
        )(spectrograms)
        for block in blocks:
            features = block(features)
        features = pooling(features)
        return features if drop is None else drop(features)

    return call
