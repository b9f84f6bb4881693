"""A set of points by attention of each to all, and pooling by attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.deep_sets import PointMask, check_points
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_attention import MaskedAttention
from multimodal_zoo.encoders.present_steps import ZeroPadding


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SetAttention(keras.Layer):
    """The multihead attention block MAB(x, y) = norm(h + relu(dense(h))), h = norm(x W + attention(x, y, y)).

    Called with x (batch, n, width), y (batch, m, width) and the mask of y (batch, m), 0 where nothing is there, or
    without one where all is, returns (batch, n, dim). W is left out where x is `dim` wide already.

    Args:
        dim: width of the answer, a multiple of `heads`.
        heads: attention heads.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> SetAttention(64, 4)(points, points, mask)    # the set attention block SAB

    Reference:
        Lee 2019, arXiv:1810.00825, equations 6 and 7.
    """

    def __init__(self, dim: int, heads: int, **kwargs: Any):
        super().__init__(**kwargs)
        if dim % heads:
            raise ValueError(f"dim must be a multiple of heads; received dim={dim}, heads={heads}.")
        self.dim = int(dim)
        self.heads = int(heads)

    def build(self, x_shape: tuple, y_shape: tuple, there_shape: tuple | None = None) -> None:
        policy, hidden = self.dtype_policy, (*x_shape[:-1], self.dim)
        self.fit = None
        if x_shape[-1] != self.dim:
            self.fit = keras.layers.Dense(self.dim, dtype=policy, name="fit")
            self.fit.build(x_shape)
        self.attention = MaskedAttention(self.heads, dim=self.dim, use_bias=True, dtype=policy, name="attention")
        self.attention.build(x_shape, y_shape)
        self.attention_norm = keras.layers.LayerNormalization(dtype=policy, name="attention_norm")
        self.feed_forward = keras.layers.Dense(self.dim, activation="relu", dtype=policy, name="feed_forward")
        self.feed_forward_norm = keras.layers.LayerNormalization(dtype=policy, name="feed_forward_norm")
        for layer in (self.attention_norm, self.feed_forward, self.feed_forward_norm):
            layer.build(hidden)

    def call(self, x: Any, y: Any, there: Any = None) -> Any:
        heard = self.attention(x, y, there)
        hidden = self.attention_norm((x if self.fit is None else self.fit(x)) + heard)
        return self.feed_forward_norm(hidden + self.feed_forward(hidden))

    def compute_output_shape(self, x_shape: tuple, y_shape: tuple, there_shape: tuple | None = None) -> tuple:
        return (*x_shape[:-1], self.dim)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dim": self.dim, "heads": self.heads}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class LearnedPoints(keras.Layer):
    """Learned points that do not depend on the set: the inducing points of ISAB, the seeds of PMA.

    Called with points (batch, points, features), returns (batch, count, dim).

    Args:
        count: how many.
        dim: their width.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> LearnedPoints(1, 64)(points)
    """

    def __init__(self, count: int, dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        if count < 1:
            raise ValueError(f"count must be positive; received count={count!r}.")
        self.count = int(count)
        self.dim = int(dim)

    def build(self, points_shape: tuple) -> None:
        self.points = self.add_weight(shape=(1, self.count, self.dim), initializer="glorot_uniform", name="points")

    def call(self, points: Any) -> Any:
        return ops.tile(ops.cast(self.points, self.compute_dtype), (ops.shape(points)[0], 1, 1))

    def compute_output_shape(self, points_shape: tuple) -> tuple:
        return (points_shape[0], self.count, self.dim)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "count": self.count, "dim": self.dim}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class NothingIsZero(keras.Layer):
    """Answers with zeros where a set has no points.

    Called with a vector (batch, width) and the mask of the set (batch, points), returns as the vector.

    Example:
        >>> NothingIsZero()(np.array([[5.], [7.]]), np.array([[0, 1], [0, 0]]))
        [[5.], [0.]]
    """

    def call(self, vector: Any, there: Any) -> Any:
        return ops.where(ops.any(ops.not_equal(there, 0), axis=1, keepdims=True), vector, ops.zeros_like(vector))

    def compute_output_shape(self, vector_shape: tuple, there_shape: tuple) -> tuple:
        return vector_shape


def set_transformer(
    dim: int = 64,
    heads: int = 4,
    layers: int = 2,
    seeds: int = 1,
    inducing: int = 0,
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[..., Any]:
    """Makes a Set Transformer: blocks in which each point attends to all, then pooling by attention of the seeds.

    Args:
        dim: width of a point inside, a multiple of `heads`.
        heads: attention heads.
        layers: number of blocks.
        seeds: how many vectors the set is pooled to; of more than one, each then attends to the others.
        inducing: 0 for blocks SAB, in which the cost grows with the square of the points; otherwise ISAB, where they
            attend to each other through so many learned points.
        return_sequence: whether to answer with a vector for each point, before the pooling.
        name: prefix of the layers' names.

    Returns:
        A callable that maps points (batch, points, features), and a mask (batch, points), 0 where a point is not
        there (None: all are), to (batch, seeds * dim), whatever the order of the points; with `return_sequence` to
        (batch, points, dim), zeros where a point is not there. Without any point the answer is zeros.

    Raises:
        ValueError: if `dim` is no multiple of `heads`, a number is out of range, or the points are of another form.

    Example:
        >>> set_transformer()(keras.Input((100, 5))).shape
        (None, 64)

    Reference:
        Lee 2019, arXiv:1810.00825, equations 6 to 13.
    """
    if layers < 1 or inducing < 0:
        raise ValueError(f"layers must be positive and inducing not negative; received {layers!r} and {inducing!r}.")
    look = PointMask(name=prefixed(name, "points"))
    blocks = [_set_block(dim, heads, inducing, prefixed(name, f"block_{index}")) for index in range(1, layers + 1)]
    blank = ZeroPadding(name=prefixed(name, "padding"))
    prepare = keras.layers.Dense(dim, activation="relu", name=prefixed(name, "pooling_dense"))
    sow = LearnedPoints(seeds, dim, name=prefixed(name, "seeds"))
    pool = SetAttention(dim, heads, name=prefixed(name, "pooling"))
    compare = SetAttention(dim, heads, name=prefixed(name, "seeds_block"))
    flatten = keras.layers.Flatten(name=prefixed(name, "vector"))
    silence = NothingIsZero(name=prefixed(name, "nothing"))

    def call(points: Any, mask: Any = None) -> Any:
        check_points("set_transformer", points)
        features, there = look(points, mask)
        for block in blocks:
            features = block(features, there)
        features = blank(features, there)
        if return_sequence:
            return features
        pooled = pool(sow(features), prepare(features), there)
        if seeds > 1:
            pooled = compare(pooled, pooled)
        return silence(flatten(pooled), there)

    return call


def _set_block(dim: int, heads: int, inducing: int, name: str | None) -> Callable[[Any, Any], Any]:
    if not inducing:
        attend = SetAttention(dim, heads, name=prefixed(name, "attention"))
        return lambda points, mask: attend(points, points, mask)
    induce = LearnedPoints(inducing, dim, name=prefixed(name, "inducing"))
    gather = SetAttention(dim, heads, name=prefixed(name, "gather"))
    spread = SetAttention(dim, heads, name=prefixed(name, "spread"))
    return lambda points, mask: spread(points, gather(induce(points), points, mask))
