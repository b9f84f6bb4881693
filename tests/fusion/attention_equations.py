"""Attention and the Transformer block in NumPy, over the tokens of one record, (steps, width)."""

import math

import numpy as np
from keras import ops

from tests.fusion.equations import dense, softmax

ERF = np.vectorize(math.erf, otypes=["float64"])


def norm(layer, x):
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + layer.epsilon)
    return scaled * ops.convert_to_numpy(layer.gamma) + ops.convert_to_numpy(layer.beta)


def gelu(x):
    return 0.5 * x * (1 + ERF(x / np.sqrt(2)))


def attention(layer, x, y):
    """What each token of x hears from those of y; nothing if y has none."""
    if not len(y):
        return np.zeros_like(x)
    query, key, value = dense(layer.query, x), dense(layer.key, y), dense(layer.value, y)
    width = query.shape[-1] // layer.heads
    heads = []
    for head in range(layer.heads):
        part = slice(head * width, (head + 1) * width)
        heard = [softmax(key[:, part] @ one / np.sqrt(width)) @ value[:, part] for one in query[:, part]]
        heads.append(np.array(heard))
    return dense(layer.output_projection, np.concatenate(heads, axis=-1))


def block(layer, x, y=None):
    normed = norm(layer.attention_norm, x)
    x = x + attention(layer.attention, normed, normed if y is None else norm(layer.context_norm, y))
    return x + dense(layer.narrow, gelu(dense(layer.widen, norm(layer.feed_forward_norm, x))))


def with_positions(x):
    """Adds sin(t / 10000^(2i / dim)) at place 2i and the cosine of the same at place 2i + 1."""
    steps, dim = x.shape
    angles = [[t / 10000 ** (2 * (place // 2) / dim) for place in range(dim)] for t in range(steps)]
    return x + np.where(np.arange(dim) % 2 == 0, np.sin(angles), np.cos(angles))
