"""Images by a Transformer over their patches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.class_token import PlacesAndClassToken
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.transformer_block import transformer_blocks


def vit(
    patch: int = 8,
    dim: int = 64,
    heads: int = 4,
    layers: int = 4,
    feed_forward: int = 128,
    dropout: float = 0.0,
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a small Vision Transformer: patches become tokens, the class token answers.

    Args:
        patch: height and width of a patch in pixels.
        dim: width of a token and of the answer, a multiple of `heads`.
        heads: attention heads.
        layers: number of pre-norm blocks.
        feed_forward: hidden units of the feed-forward parts.
        dropout: share dropped of the tokens, the attention weights and what each part adds, 0 to 1.
        return_sequence: whether to answer with the tokens of the patches, row by row, instead of the class token.
        name: prefix of the layers' names.

    Returns:
        A callable that maps images (batch, height, width, channels), 0 to 1, to (batch, dim), or with
        `return_sequence` to (batch, height / patch * width / patch, dim).

    Raises:
        ValueError: if `dim` is no multiple of `heads`, or height or width none of `patch`.

    Example:
        >>> vit()(keras.Input((64, 64, 1))).shape
        (None, 64)

    Reference:
        Dosovitskiy 2021, arXiv:2010.11929, equations 1 to 4.
    """
    if dim % heads:
        raise ValueError(f"dim must be a multiple of heads; received dim={dim}, heads={heads}.")
    project = keras.layers.Conv2D(dim, patch, strides=patch, name=prefixed(name, "patches"))
    complete = PlacesAndClassToken(name=prefixed(name, "tokens"))
    think = transformer_blocks(heads, layers, feed_forward, dropout, name)

    def call(images: Any) -> Any:
        sizes = tuple(images.shape[1:3])
        if len(images.shape) != 4 or None in sizes or any(size % patch for size in sizes):
            raise ValueError(
                f"vit takes images (batch, height, width, channels) whose height and width are multiples of the patch, "
                f"{patch}; received the shape {tuple(images.shape)}."
            )
        patches = sizes[0] // patch * (sizes[1] // patch)
        vectors = think(complete(ops.reshape(project(images), (-1, patches, dim))))
        return vectors[:, 1:] if return_sequence else vectors[:, 0]

    return call
