"""Speech by convolutions over time and GRUs from either end, a state at every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.present_steps import PresentSteps, ReversedSteps, ZeroPadding, check_series


def deep_speech(
    filters: Sequence[int] = (64, 64),
    kernel: int = 5,
    strides: Sequence[int] = (2, 1),
    units: int = 64,
    layers: int = 1,
    dropout: float = 0.0,
    name: str | None = None,
) -> Callable[..., tuple[Any, Any]]:
    """Makes an encoder of speech: convolutions over time that leave fewer frames, then GRUs in both directions.

    Every convolution and every layer of GRUs is followed by a normalisation of each frame, so that what stands in one
    record, and how much padding, makes no difference to another.

    Args:
        filters: channels of each convolution.
        kernel: frames that a convolution sees at once.
        strides: for each convolution of how many frames one is left.
        units: units of each GRU.
        layers: layers of GRUs, at least 1.
        dropout: share dropped of the channels before each layer of GRUs, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps series (batch, frames, features), and a mask (batch, frames), 0 where a frame is not there
        (None: all are), to the states (batch, frames / product of the strides, 2 * units), rounded up, and which of
        them are there (batch, frames / ...) int32. Frames that are not there are skipped. States that are not there are
        zeros.

    Raises:
        ValueError: if filters and strides are not of one number, there are no layers, or the series are of another
            form.

    Example:
        >>> states, there = deep_speech((64, 64), strides=(2, 2))(keras.Input((400, 13)))
        >>> states.shape
        (None, 100, 128)

    Reference:
        Hannun et al. 2014, arXiv:1412.5567, section 2 (a recurrent layer in both directions over frames in their
        context); Amodei et al. 2015, arXiv:1512.02595, section 3 (convolutions with strides, GRUs, normalisation; there
        over the batch).
    """
    if len(filters) != len(strides) or not filters or layers < 1:
        raise ValueError(
            "deep_speech needs a stride for each convolution and at least one layer of GRUs; received "
            f"filters={tuple(filters)}, strides={tuple(strides)}, layers={layers!r}."
        )
    align = PresentSteps(name=prefixed(name, "present"))
    blocks = [
        convolution_over_time(count, kernel, stride, name, f"convolution_{number}")
        for number, (count, stride) in enumerate(zip(filters, strides, strict=True), 1)
    ]
    recurrent = [both_ways(units, dropout, name, f"gru_{number}") for number in range(1, layers + 1)]

    def call(series: Any, mask: Any = None) -> tuple[Any, Any]:
        check_series("deep_speech", series)
        states, there = align(series, mask)
        for block in blocks:
            states, there = block(states, there)
        for layer in recurrent:
            states = layer(states, there)
        return states, there

    return call


def convolution_over_time(
    filters: int, kernel: int, stride: int, name: str | None, part: str
) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Convolution, normalisation of each frame, ReLU, zeros at padding; the frames and which of them are there."""
    # Of odd and even numbers of frames alike, the i-th that is left stands for the frame i * stride.
    before = (kernel - 1) // 2
    pad = keras.layers.ZeroPadding1D((before, kernel - 1 - before), name=prefixed(name, f"{part}_padding"))
    convolve = keras.layers.Conv1D(
        filters, kernel, strides=stride, kernel_initializer="he_normal", name=prefixed(name, part)
    )
    normalize = keras.layers.LayerNormalization(name=prefixed(name, f"{part}_normalization"))
    rectify = keras.layers.ReLU(name=prefixed(name, f"{part}_relu"))
    blank_out = ZeroPadding(name=prefixed(name, f"{part}_zeros"))

    def call(frames: Any, there: Any) -> tuple[Any, Any]:
        left = there[:, ::stride]
        return blank_out(rectify(normalize(convolve(pad(frames)))), left), left

    return call


def both_ways(units: int, dropout: float, name: str | None, part: str) -> Callable[[Any, Any], Any]:
    """A GRU from either end over the frames that are there, normalised; zeros at padding."""
    drop = keras.layers.Dropout(dropout, name=prefixed(name, f"{part}_dropout")) if dropout else None
    forwards = keras.layers.GRU(units, return_sequences=True, name=prefixed(name, f"{part}_forwards"))
    backwards = keras.layers.GRU(units, return_sequences=True, name=prefixed(name, f"{part}_backwards"))
    turn = ReversedSteps(name=prefixed(name, f"{part}_turned"))
    join = keras.layers.Concatenate(name=prefixed(name, part))
    normalize = keras.layers.LayerNormalization(name=prefixed(name, f"{part}_normalization"))
    blank_out = ZeroPadding(name=prefixed(name, f"{part}_zeros"))

    def call(frames: Any, there: Any) -> Any:
        if drop is not None:
            frames = drop(frames)
        states = join([forwards(frames), turn(backwards(turn(frames, there)), there)])
        return blank_out(normalize(states), there)

    return call
