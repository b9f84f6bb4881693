"""Sound by a CNN over its spectrogram as a picture, and a GRU over the frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.convolution_block import convolution_block
from multimodal_zoo.encoders.layer_names import prefixed


def crnn(
    filters: Sequence[int] = (32, 64, 64),
    units: int = 64,
    dropout: float = 0.0,
    normalization: str | None = "group",
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a convolutional recurrent network: 3x3 convolutions and max-pooling, then a GRU from either end.

    Args:
        filters: channels of each 3x3 convolution; a block halves frames and bands.
        units: units of each GRU.
        dropout: share dropped of what the GRUs read and of the answer, 0 to 1.
        normalization: "group" (see `image_cnn` for why), "batch" or None.
        return_sequence: whether to answer at each of the frames that are left.
        name: prefix of the layers' names.

    Returns:
        A callable that maps spectrograms (batch, frames, bands), of a fixed size, to (batch, 2 * units), or with
        `return_sequence` to (batch, frames / 2^len(filters), 2 * units).

    Raises:
        ValueError: if there are no filters, `normalization` is none of the three, or the spectrograms are of another
            form.

    Example:
        >>> crnn((16, 32))(keras.Input((98, 40))).shape
        (None, 128)

    Reference:
        Choi 2017, arXiv:1609.04243, section 2.4 (there one direction); Shi 2015, arXiv:1507.05717 (both directions).
    """
    if not filters:
        raise ValueError("crnn needs at least one number of filters; received none.")
    blocks = [convolution_block(count, normalization, name, f"block_{index}") for index, count in enumerate(filters, 1)]
    drop_frames = keras.layers.Dropout(dropout, name=prefixed(name, "frames_dropout")) if dropout else None
    gru = keras.layers.Bidirectional(
        keras.layers.GRU(units, return_sequences=return_sequence, name=prefixed(name, "gru")),
        name=prefixed(name, "both_ways"),
    )
    drop_states = keras.layers.Dropout(dropout, name=prefixed(name, "states_dropout")) if dropout else None

    def call(spectrograms: Any) -> Any:
        if len(spectrograms.shape) != 3 or None in spectrograms.shape[1:]:
            raise ValueError(
                "crnn takes spectrograms (batch, frames, bands) of fixed size; "
                f"received the shape {tuple(spectrograms.shape)}."
            )
        features = ops.expand_dims(spectrograms, -1)
        for block in blocks:
            features = block(features)
        _, length, bands, channels = features.shape
        frames = ops.reshape(features, (-1, length, bands * channels))
        if drop_frames is not None:
            frames = drop_frames(frames)
        states = gru(frames)
        return states if drop_states is None else drop_states(states)

    return call
