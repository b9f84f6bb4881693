"""Sound by 1-D convolutions over the waveform and a Transformer over what they found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.transformer_block import transformer_blocks
from multimodal_zoo.encoders.waveform_cnn import check_waveforms


def steps_left(samples: int, kernels: Sequence[int], strides: Sequence[int]) -> int:
    """Counts the steps that unpadded convolutions leave of a waveform.

    Args:
        samples: samples of the waveform.
        kernels: samples, then steps, that each convolution looks at.
        strides: samples, then steps, from one look to the next.

    Returns:
        Steps; 0 or less where the waveform is too short.

    Example:
        >>> steps_left(16000, (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2))
        49
    """
    for kernel, stride in zip(kernels, strides, strict=True):
        samples = (samples - kernel) // stride + 1
    return samples


def wave_transformer(
    filters: int = 64,
    kernels: Sequence[int] = (10, 3, 3, 3, 3, 2, 2),
    strides: Sequence[int] = (5, 2, 2, 2, 2, 2, 2),
    dim: int = 64,
    heads: int = 4,
    layers: int = 2,
    feed_forward: int = 128,
    position_kernel: int = 15,
    dropout: float = 0.0,
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a small network of the structure of wav2vec 2.0, not pretrained.

    Convolutions with GELU, the first normalised over time; a normalised linear layer; a convolution whose answer is
    added in place of position vectors; pre-norm Transformer blocks; the mean over time.

    Departs from the paper: smaller; the positional convolution is of each channel alone (there 16 groups of
    channels); pre-norm blocks, as in its larger networks.

    Args:
        filters: channels of the convolutions over the waveform.
        kernels: samples, then steps, that each convolution looks at.
        strides: samples, then steps, from one look to the next; their product is the length of a step in samples.
        dim: width of the Transformer and of the answer, a multiple of `heads`.
        heads: attention heads.
        layers: number of blocks.
        feed_forward: hidden units of the feed-forward parts.
        position_kernel: steps that the positional convolution looks at.
        dropout: share dropped of the vectors, the attention weights and what each part adds, 0 to 1.
        return_sequence: whether to answer at each step.
        name: prefix of the layers' names.

    Returns:
        A callable that maps waveforms (batch, samples), -1 to 1, to (batch, dim), or with `return_sequence` to
        (batch, steps_left(samples, kernels, strides), dim).

    Raises:
        ValueError: if `kernels` and `strides` differ in number or are empty, `dim` is no multiple of `heads`, or the
            waveforms are of another form or too short for a single step.

    Example:
        >>> wave_transformer()(keras.Input((8000,))).shape
        (None, 64)

    Reference:
        Baevski 2020, arXiv:2006.11477, sections 2 and 4.2.
    """
    if not kernels or len(kernels) != len(strides):
        raise ValueError(
            "wave_transformer needs a stride for each kernel, and one at least; "
            f"received kernels={tuple(kernels)!r}, strides={tuple(strides)!r}."
        )
    if dim % heads:
        raise ValueError(f"dim must be a multiple of heads; received dim={dim}, heads={heads}.")
    convolutions = [
        keras.layers.Conv1D(
            filters,
            kernel,
            strides=stride,
            use_bias=False,
            kernel_initializer="he_normal",
            name=prefixed(name, f"convolution_{index}"),
        )
        for index, (kernel, stride) in enumerate(zip(kernels, strides, strict=True), 1)
    ]
    # A group of each channel: every channel is normalised over time.
    normalize_waves = keras.layers.GroupNormalization(filters, name=prefixed(name, "waves_norm"))
    normalize_features = keras.layers.LayerNormalization(name=prefixed(name, "features_norm"))
    project = keras.layers.Dense(dim, name=prefixed(name, "projection"))
    place = keras.layers.DepthwiseConv1D(
        position_kernel, padding="same", activation="gelu", name=prefixed(name, "positions")
    )
    think = transformer_blocks(heads, layers, feed_forward, dropout, name)
    average = keras.layers.GlobalAveragePooling1D(name=prefixed(name, "mean"))

    def call(waveforms: Any) -> Any:
        check_waveforms("wave_transformer", waveforms)
        samples = waveforms.shape[1]
        if samples is not None and steps_left(samples, kernels, strides) < 1:
            raise ValueError(f"wave_transformer: {samples} samples are too short for its convolutions {kernels}.")
        features = ops.expand_dims(waveforms, -1)
        for index, convolve in enumerate(convolutions):
            features = convolve(features)
            if index == 0:
                features = normalize_waves(features)
            features = ops.gelu(features, approximate=False)
        vectors = project(normalize_features(features))
        vectors = think(vectors + place(vectors))
        return vectors if return_sequence else average(vectors)

    return call
