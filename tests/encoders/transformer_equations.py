"""Attention and the Transformer block in NumPy, over the tokens of one record, (steps, width)."""

import math

import numpy as np

from tests.fusion.numpy_layers import array, dense, softmax

ERF = np.vectorize(math.erf, otypes=["float64"])


def gelu(x):
    return 0.5 * x * (1 + ERF(x / np.sqrt(2)))


def norm(layer, x):
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + layer.epsilon)
    return scaled * array(layer.gamma) + array(layer.beta)


def multi_head(attention, x, y):
    """What each token of x hears from those of y; without any, the bias of the answer or zeros."""
    query, key, value = dense(attention.query, x), dense(attention.key, y), dense(attention.value, y)
    width = query.shape[-1] // attention.heads
    heard = np.zeros(query.shape)
    for head in range(attention.heads if len(y) else 0):
        part = slice(head * width, (head + 1) * width)
        for step, one in enumerate(query[:, part]):
            heard[step, part] = softmax(key[:, part] @ one / np.sqrt(width)) @ value[:, part]
    return dense(attention.output_projection, heard)


def block_output(block, x, y=None):
    """One block over the tokens x of one record, which attend to themselves or to those of y."""
    normed = norm(block.attention_norm, x) if block.norm_first else x
    if y is None:
        y = normed
    elif block.norm_first:
        y = norm(block.context_norm, y)
    if block.causal:
        steps = range(1, len(x) + 1)
        x = x + np.concatenate([multi_head(block.attention, normed[t - 1 : t], y[:t]) for t in steps])
    else:
        x = x + multi_head(block.attention, normed, y)
    hidden = dense(block.widen, norm(block.feed_forward_norm, x))
    if block.activation != "reglu":
        return x + dense(block.narrow, gelu(hidden) if block.activation == "gelu" else np.maximum(hidden, 0))
    rectified, factor = np.split(hidden, 2, axis=-1)
    return x + dense(block.narrow, np.maximum(rectified, 0) * factor)
