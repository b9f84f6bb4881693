"""Sound by 1-D convolutions over the waveform itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.normalization import normalization_layer


def check_waveforms(encoder: str, waveforms: Any) -> None:
    """Raises ValueError where a tensor is no batch of waveforms.

    Args:
        encoder: who says so.
        waveforms: a tensor, to be (batch, samples).
    """
    if len(waveforms.shape) != 2:
        raise ValueError(f"{encoder} takes waveforms (batch, samples); received the shape {tuple(waveforms.shape)}.")


def waveform_cnn(
    filters: Sequence[int] = (128, 128, 256, 512),
    convolutions: Sequence[int] | None = None,
    kernel_size: int = 80,
    stride: int = 4,
    dropout: float = 0.0,
    normalization: str | None = "group",
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes the network M5 or a deeper one of its kind: the first convolution is wide enough to be a filter bank.

    A first convolution of `kernel_size` samples, then of 3; each is followed by a normalisation and ReLU, each block
    by max-pooling by 4; at the end the mean over time. M11 is filters=(64, 64, 128, 256, 512), convolutions=(1, 2,
    2, 3, 2).

    Args:
        filters: channels of each block.
        convolutions: how many convolutions each block has; None takes one each.
        kernel_size: samples that the first convolution looks at; at 8 kHz 80 are 10 ms.
        stride: samples from one look to the next.
        dropout: share of the features dropped at the end, 0 to 1.
        normalization: "group" (see `image_cnn` for why), "batch" as in the paper, or None.
        name: prefix of the layers' names.

    Returns:
        A callable that maps waveforms (batch, samples), -1 to 1, to (batch, filters[-1]).

    Raises:
        ValueError: if there are no filters, `convolutions` is of another length or not positive, `normalization` is
            none of the three, or the waveforms are of another form.

    Example:
        >>> waveform_cnn((16, 32))(keras.Input((8000,))).shape
        (None, 32)

    Reference:
        Dai 2017, arXiv:1610.00087, table 1.
    """
    if not filters:
        raise ValueError("waveform_cnn needs at least one number of filters; received none.")
    counts = tuple(convolutions or (1,) * len(filters))
    if len(counts) != len(filters) or min(counts) < 1:
        raise ValueError(
            f"convolutions has a positive number for each block; received {counts!r} for the {len(filters)} blocks "
            f"of filters={tuple(filters)!r}."
        )
    blocks = []
    for block, (channels, count) in enumerate(zip(filters, counts, strict=True), 1):
        first = (kernel_size, stride) if block == 1 else (3, 1)
        looks = [first] + [(3, 1)] * (count - 1)
        blocks.append(
            [
                _convolution(channels, *look, normalization, prefixed(name, f"block_{block}_{number}"))
                for number, look in enumerate(looks, 1)
            ]
        )
    # "same": a block that is left with fewer than four steps still has one.
    poolings = [
        keras.layers.MaxPooling1D(4, padding="same", name=prefixed(name, f"block_{block}_pooling"))
        for block in range(1, len(filters) + 1)
    ]
    pooling = keras.layers.GlobalAveragePooling1D(name=prefixed(name, "pooling"))
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None

    def call(waveforms: Any) -> Any:
        check_waveforms("waveform_cnn", waveforms)
        features = ops.expand_dims(waveforms, -1)
        for block, pool in zip(blocks, poolings, strict=True):
            for convolve in block:
                features = convolve(features)
            features = pool(features)
        features = pooling(features)
        return features if drop is None else drop(features)

    return call


def _convolution(
    channels: int, kernel_size: int, stride: int, normalization: str | None, name: str | None
) -> Callable[[Any], Any]:
    convolve = keras.layers.Conv1D(
        channels,
        kernel_size,
        strides=stride,
        padding="same",
        use_bias=normalization is None,
        kernel_initializer="he_normal",
        name=prefixed(name, "convolution"),
    )
    normalize = normalization_layer(normalization, channels, prefixed(name, "normalization"))
    rectify = keras.layers.ReLU(name=prefixed(name, "relu"))

    def call(features: Any) -> Any:
        features = convolve(features)
        return rectify(features if normalize is None else normalize(features))

    return call
