"""Convolution and pooling in NumPy, over any number of axes."""

import numpy as np
from keras import ops


def padded_as_same(x, sizes, strides, value=0.0):
    """Pads (batch, axes..., channels) so that ceil(size / stride) windows fit, the odd place at the end."""
    pads = [(0, 0)]
    for length, size, stride in zip(x.shape[1:-1], sizes, strides, strict=True):
        total = max((-(-length // stride) - 1) * stride + size - length, 0)
        pads.append((total // 2, total - total // 2))
    return np.pad(x, [*pads, (0, 0)], constant_values=value)


def windows(x, sizes, strides):
    """(batch, places..., channels, sizes...) of the windows that fit."""
    axes = tuple(range(1, x.ndim - 1))
    found = np.lib.stride_tricks.sliding_window_view(x, sizes, axis=axes)
    return found[(slice(None), *(slice(None, None, stride) for stride in strides))]


def convolved(layer, x, padding="same"):
    """What a Keras convolution of any rank answers, without its activation."""
    kernel = ops.convert_to_numpy(layer.kernel).astype("float64")
    sizes, rank = kernel.shape[:-2], kernel.ndim - 2
    if padding == "same":
        x = padded_as_same(x, sizes, layer.strides)
    # (sizes..., channels, filters) -> (channels, sizes..., filters), as the windows have them.
    answer = np.tensordot(windows(x, sizes, layer.strides), np.moveaxis(kernel, rank, 0), axes=rank + 1)
    return answer + ops.convert_to_numpy(layer.bias) if layer.use_bias else answer


def largest(x, sizes, padding="valid"):
    """Max-pooling by windows of these sizes side by side."""
    if padding == "same":
        x = padded_as_same(x, sizes, sizes, value=-np.inf)
    return windows(x, sizes, sizes).max(axis=tuple(range(-len(sizes), 0)))
