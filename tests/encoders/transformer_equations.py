"""The parts of a Transformer in NumPy."""

import math

import numpy as np
from keras import ops

ERF = np.vectorize(math.erf)


def gelu(x):
    return 0.5 * x * (1 + ERF(x / np.sqrt(2)))


def norm(layer, x):
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + layer.epsilon)
    return scaled * ops.convert_to_numpy(layer.gamma) + ops.convert_to_numpy(layer.beta)


def dense(layer, x):
    return x @ ops.convert_to_numpy(layer.kernel) + ops.convert_to_numpy(layer.bias)


def heads(layer, x):
    kernel, bias = ops.convert_to_numpy(layer.kernel), ops.convert_to_numpy(layer.bias)
    return np.einsum("td,dhk->htk", x, kernel) + bias[:, None]


def multi_head(attention, queries, words):
    """What each of the queries, (queries, dim), hears of the words, (words, dim)."""
    query = heads(attention.query_dense, queries)
    key, value = heads(attention.key_dense, words), heads(attention.value_dense, words)
    scores = np.exp(np.einsum("htk,hsk->hts", query, key) / np.sqrt(query.shape[-1]))
    heard = np.einsum("hts,hsk->thk", scores / scores.sum(axis=-1, keepdims=True), value)
    output = attention.output_dense
    return np.einsum("thk,hkd->td", heard, ops.convert_to_numpy(output.kernel)) + ops.convert_to_numpy(output.bias)


def block_output(block, x):
    """One pre-norm block over the words of one text, (words, dim)."""
    normed = norm(block.attention_norm, x) if block.norm_first else x
    if block.causal:
        steps = range(1, len(x) + 1)
        x = x + np.concatenate([multi_head(block.attention, normed[t - 1 : t], normed[:t]) for t in steps])
    else:
        x = x + multi_head(block.attention, normed, normed)
    hidden = dense(block.widen, norm(block.feed_forward_norm, x))
    if block.activation != "reglu":
        return x + dense(block.narrow, gelu(hidden) if block.activation == "gelu" else np.maximum(hidden, 0))
    rectified, factor = np.split(hidden, 2, axis=-1)
    return x + dense(block.narrow, np.maximum(rectified, 0) * factor)
