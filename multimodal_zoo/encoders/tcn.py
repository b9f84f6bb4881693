"""A temporal convolutional network: causal convolutions that look ever further back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.present_steps import PresentSteps, ZeroPadding, check_series
from multimodal_zoo.encoders.word_order import StateAtLastWord


def receptive_field(kernel: int, blocks: int) -> int:
    """Counts the steps that the answer at a step depends on, the step itself included.

    Block i has two convolutions of `kernel` taps, 2^i steps apart: 1 + 2 (kernel - 1) (2^blocks - 1).

    Args:
        kernel: taps of a convolution.
        blocks: number of blocks.

    Returns:
        Steps.

    Example:
        >>> receptive_field(3, 4)
        61
    """
    return 1 + 2 * (kernel - 1) * (2**blocks - 1)


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class CausalConvolution(keras.Layer):
    """A dilated causal convolution with ReLU and weight normalisation: the kernel of a filter is g v / |v|.

    y_t = relu(sum_k W_k x_(t - d (kernel - 1 - k)) + b), zeros before the first step.

    Args:
        filters: channels.
        kernel: taps.
        dilation: d, steps from one tap to the next.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> CausalConvolution(16, 3, dilation=4)(series)    # (batch, steps, width) -> (batch, steps, 16)

    Reference:
        Salimans 2016, arXiv:1602.07868, equation 2 (weight normalisation).
    """

    def __init__(self, filters: int, kernel: int, dilation: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        if filters < 1 or kernel < 1 or dilation < 1:
            raise ValueError(
                "filters, kernel and dilation must be positive; "
                f"received filters={filters!r}, kernel={kernel!r}, dilation={dilation!r}."
            )
        self.filters = int(filters)
        self.kernel = int(kernel)
        self.dilation = int(dilation)

    def build(self, series_shape: tuple) -> None:
        self.directions = self.add_weight(
            shape=(self.kernel, series_shape[-1], self.filters), initializer="he_normal", name="directions"
        )
        # He's initialisation gives the kernel of a filter about this norm.
        self.gains = self.add_weight(
            shape=(self.filters,), initializer=keras.initializers.Constant(2.0**0.5), name="gains"
        )
        self.biases = self.add_weight(shape=(self.filters,), initializer="zeros", name="biases")

    def call(self, series: Any) -> Any:
        directions = ops.cast(self.directions, "float32")
        lengths = ops.sqrt(ops.sum(ops.square(directions), axis=(0, 1)) + 1e-12)
        weights = ops.cast(directions * (ops.cast(self.gains, "float32") / lengths), series.dtype)
        padded = ops.pad(series, [[0, 0], [self.dilation * (self.kernel - 1), 0], [0, 0]])
        features = ops.conv(
            padded, weights, strides=1, padding="valid", dilation_rate=self.dilation, data_format="channels_last"
        )
        return ops.relu(features + ops.cast(self.biases, series.dtype))

    def compute_output_shape(self, series_shape: tuple) -> tuple:
        return (*series_shape[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel": self.kernel,
            "dilation": self.dilation,
        }


def tcn(
    filters: Sequence[int] = (32, 32, 32, 32),
    kernel: int = 3,
    dropout: float = 0.0,
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[..., Any]:
    """Makes a temporal convolutional network, read at the last step.

    A residual block for each entry of `filters`, of two causal convolutions with dilation 2^i. No step sees a later
    one; how far back the last sees tells `receptive_field(kernel, len(filters))`.

    Args:
        filters: channels of each block.
        kernel: taps of a convolution, at least 2 to look back at all.
        dropout: share of the channels dropped after each convolution, 0 to 1; a channel goes for all steps at once.
        return_sequence: whether to answer at each step.
        name: prefix of the layers' names.

    Returns:
        A callable that maps series (batch, steps, variables), and a mask (batch, steps), 0 where a step is not there
        (None: all are), to (batch, filters[-1]); with `return_sequence` to (batch, steps, filters[-1]), the steps
        that are there at the front, zeros behind. Without any step the answer is zeros.

    Raises:
        ValueError: if there are no filters, a size is not positive, or the series are of another form.

    Example:
        >>> tcn((16, 16))(keras.Input((50, 8))).shape
        (None, 16)

    Reference:
        Bai 2018, arXiv:1803.01271, section 3.
    """
    if not filters:
        raise ValueError("tcn needs at least one number of filters; received none.")
    align = PresentSteps(name=prefixed(name, "present"))
    blocks = [
        _residual_block(count, kernel, 2**index, dropout, prefixed(name, f"block_{index + 1}"))
        for index, count in enumerate(filters)
    ]
    last_step = StateAtLastWord(name=prefixed(name, "last_step"))
    blank = ZeroPadding(name=prefixed(name, "padding"))

    def call(series: Any, mask: Any = None) -> Any:
        check_series("tcn", series)
        features, places = align(series, mask)
        for block in blocks:
            features = block(features)
        return (blank if return_sequence else last_step)(features, places)

    return call


def _residual_block(filters: int, kernel: int, dilation: int, dropout: float, name: str | None) -> Callable[[Any], Any]:
    convolutions = [
        CausalConvolution(filters, kernel, dilation, name=prefixed(name, f"convolution_{number}")) for number in (1, 2)
    ]
    drops = [keras.layers.SpatialDropout1D(dropout, name=prefixed(name, f"dropout_{number}")) for number in (1, 2)]
    fit_width = keras.layers.Dense(filters, name=prefixed(name, "residual"))
    add = keras.layers.Add(name=prefixed(name, "sum"))
    rectify = keras.layers.ReLU(name=prefixed(name, "relu"))

    def call(series: Any) -> Any:
        features = series
        for convolve, drop in zip(convolutions, drops, strict=True):
            features = drop(convolve(features)) if dropout else convolve(features)
        residual = series if series.shape[-1] == filters else fit_width(series)
        return rectify(add([features, residual]))

    return call
