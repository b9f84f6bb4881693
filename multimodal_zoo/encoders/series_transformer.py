"""A series of vectors by a Transformer encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_mean import MaskedMean
from multimodal_zoo.encoders.present_steps import PresentSteps, ZeroPadding, check_series
from multimodal_zoo.encoders.transformer import AddPositions
from multimodal_zoo.encoders.transformer_block import transformer_blocks


def series_transformer(
    dim: int = 64,
    heads: int = 4,
    layers: int = 2,
    feed_forward: int = 128,
    positions: str = "sinusoidal",
    dropout: float = 0.0,
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[..., Any]:
    """Makes a series encoder: a linear layer, place vectors, pre-norm Transformer blocks, the mean over the steps.

    Args:
        dim: width of a step and of the answer, a multiple of `heads`.
        heads: attention heads.
        layers: number of blocks.
        feed_forward: hidden units of the feed-forward parts.
        positions: "sinusoidal" or "learned".
        dropout: share dropped of the vectors, the attention weights and what each part adds, 0 to 1.
        return_sequence: whether to answer at each step.
        name: prefix of the layers' names.

    Returns:
        A callable that maps series (batch, steps, variables), and a mask (batch, steps), 0 where a step is not there
        (None: all are), to (batch, dim); with `return_sequence` to (batch, steps, dim), the steps that are there at
        the front, zeros behind. Without any step the answer is zeros.

    Raises:
        ValueError: if `dim` is no multiple of `heads`, `positions` none of the two, or the series of another form.

    Example:
        >>> series_transformer()(keras.Input((50, 8))).shape
        (None, 64)

    Reference:
        Zerveas 2021, arXiv:2010.02803, section 3.1 (here with layer normalisation and a mean over the steps);
        Vaswani 2017, arXiv:1706.03762.
    """
    if dim % heads:
        raise ValueError(f"dim must be a multiple of heads; received dim={dim}, heads={heads}.")
    align = PresentSteps(name=prefixed(name, "present"))
    project = keras.layers.Dense(dim, name=prefixed(name, "projection"))
    place = AddPositions(positions, name=prefixed(name, "positions"))
    think = transformer_blocks(heads, layers, feed_forward, dropout, name)
    average = MaskedMean(name=prefixed(name, "mean"))
    blank = ZeroPadding(name=prefixed(name, "padding"))

    def call(series: Any, mask: Any = None) -> Any:
        check_series("series_transformer", series)
        series, places = align(series, mask)
        vectors = think(place(project(series)), places)
        return (blank if return_sequence else average)(vectors, places)

    return call
