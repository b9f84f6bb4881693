"""Video by 3-D convolutions that are taken apart: first over the picture, then over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from multimodal_zoo.encoders.frames import check_frames
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.normalization import normalization_layer


def middle_width(before: int, after: int, time: int = 3, space: int = 3) -> int:
    """Channels between the two parts with which they have as many weights as the whole 3-D convolution.

    floor(t d^2 N_before N_after / (d^2 N_before + t N_after)).

    Args:
        before: channels that come in.
        after: channels that go out.
        time: t, steps of the kernel.
        space: d, height and width of the kernel.

    Returns:
        Channels, at least 1.

    Example:
        >>> middle_width(64, 64)
        144

    Reference:
        Tran 2018, arXiv:1711.11248, section 3.5.
    """
    whole = time * space**2 * before * after
    return max(1, whole // (space**2 * before + time * after))


def factorised_convolution(
    filters: int,
    normalization: str | None,
    name: str | None = None,
    *,
    time: int = 3,
    space: int = 3,
    time_stride: int = 1,
    space_stride: int = 1,
) -> Callable[[Any], Any]:
    """Makes a (2+1)D convolution: one over the picture, normalisation and ReLU, one over time.

    Args:
        filters: channels that go out.
        normalization: "batch", "group" or None, between the two.
        name: prefix of the layers' names.
        time: steps of the kernel over time.
        space: height and width of the kernel over the picture.
        time_stride: stride over time.
        space_stride: stride over the picture.

    Returns:
        A callable (batch, steps, height, width, channels) -> (batch, steps, height, width, filters), sizes divided by
        the strides.

    Raises:
        ValueError: if `normalization` is none of the three.

    Example:
        >>> factorised_convolution(64, "group")(keras.Input((8, 32, 32, 64))).shape
        (None, 8, 32, 32, 64)

    Reference:
        Tran 2018, arXiv:1711.11248, section 3.5.
    """
    rectify = keras.layers.ReLU(name=prefixed(name, "relu"))
    settings = {"padding": "same", "use_bias": normalization is None, "kernel_initializer": "he_normal"}
    over_time = keras.layers.Conv3D(
        filters, (time, 1, 1), strides=(time_stride, 1, 1), name=prefixed(name, "time"), **settings
    )
    # How wide the middle is depends on the channels that come in.
    made: dict[str, Any] = {}

    def call(clips: Any) -> Any:
        if not made:
            width = middle_width(clips.shape[-1], filters, time, space)
            made["space"] = keras.layers.Conv3D(
                width,
                (1, space, space),
                strides=(1, space_stride, space_stride),
                name=prefixed(name, "space"),
                **settings,
            )
            made["normalize"] = normalization_layer(normalization, width, prefixed(name, "normalization"))
        features = made["space"](clips)
        if made["normalize"] is not None:
            features = made["normalize"](features)
        return over_time(rectify(features))

    return call


def r2plus1d(
    filters: Sequence[int] = (16, 32, 64),
    dropout: float = 0.0,
    normalization: str | None = "group",
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a small R(2+1)D network: residual blocks of factorised 3-D convolutions, then the mean over all.

    A stem with 3x7x7 kernels that halves the picture, then a residual block of two (2+1)D convolutions for each entry
    of `filters`; from the second on a block halves time and picture.

    Args:
        filters: channels of each block; the stem has those of the first.
        dropout: share of the features dropped at the end, 0 to 1.
        normalization: "group" (see `image_cnn` for why), "batch" as in the paper, or None.
        name: prefix of the layers' names.

    Returns:
        A callable that maps clips (batch, steps, height, width, channels), 0 to 1, of one length, to
        (batch, filters[-1]).

    Raises:
        ValueError: if there are no filters, `normalization` is none of the three, or the clips of another form.

    Example:
        >>> r2plus1d((8, 16))(keras.Input((8, 32, 32, 3))).shape
        (None, 16)

    Reference:
        Tran 2018, arXiv:1711.11248, section 3.5 and table 1 (there two blocks a width and 18 or 34 layers).
    """
    if not filters:
        raise ValueError("r2plus1d needs at least one number of filters; received none.")
    stem = _normalised(
        factorised_convolution(filters[0], normalization, prefixed(name, "stem"), space=7, space_stride=2),
        normalization,
        filters[0],
        prefixed(name, "stem_out"),
    )
    rectify = keras.layers.ReLU(name=prefixed(name, "stem_out_relu"))
    blocks = [
        _residual_block(count, 1 if index == 1 else 2, normalization, prefixed(name, f"block_{index}"))
        for index, count in enumerate(filters, 1)
    ]
    pooling = keras.layers.GlobalAveragePooling3D(name=prefixed(name, "pooling"))
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None

    def call(clips: Any) -> Any:
        check_frames("r2plus1d", clips)
        features = rectify(stem(clips))
        for block in blocks:
            features = block(features)
        features = pooling(features)
        return features if drop is None else drop(features)

    return call


def _normalised(
    convolve: Callable[[Any], Any], normalization: str | None, channels: int, name: str | None
) -> Callable[[Any], Any]:
    normalize = normalization_layer(normalization, channels, prefixed(name, "normalization"))

    def call(clips: Any) -> Any:
        features = convolve(clips)
        return features if normalize is None else normalize(features)

    return call


def _residual_block(filters: int, stride: int, normalization: str | None, name: str | None) -> Callable[[Any], Any]:
    first, second = (
        _normalised(
            factorised_convolution(filters, normalization, prefixed(name, part), time_stride=by, space_stride=by),
            normalization,
            filters,
            prefixed(name, f"{part}_out"),
        )
        for part, by in (("first", stride), ("second", 1))
    )
    rectify = keras.layers.ReLU(name=prefixed(name, "relu"))
    fit = _normalised(
        keras.layers.Conv3D(
            filters, 1, strides=stride, padding="same", use_bias=normalization is None, name=prefixed(name, "residual")
        ),
        normalization,
        filters,
        prefixed(name, "residual"),
    )
    add = keras.layers.Add(name=prefixed(name, "sum"))
    rectify_sum = keras.layers.ReLU(name=prefixed(name, "sum_relu"))

    def call(clips: Any) -> Any:
        features = second(rectify(first(clips)))
        same = stride == 1 and clips.shape[-1] == filters
        return rectify_sum(add([features, clips if same else fit(clips)]))

    return call
