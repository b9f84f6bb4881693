"""A set of points by a network over each, their sum, and a network over that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_mean import MaskedMean


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class PointMask(keras.Layer):
    """Makes points that are not there zeros, and a mask where none is given.

    Called with points (batch, points, features) and a mask (batch, points), 0 where a point is not there, or without
    a mask where all are, returns the points and the mask, int32.

    Example:
        >>> PointMask()(np.array([[[1.], [2.]]]), np.array([[1, 0]]))
        [[[1.], [0.]]], [[1, 0]]
    """

    def call(self, points: Any, there: Any = None) -> tuple[Any, Any]:
        if there is None:
            return points, ops.ones(ops.shape(points)[:2], dtype="int32")
        there = ops.not_equal(there, 0)
        return ops.where(ops.expand_dims(there, -1), points, ops.zeros_like(points)), ops.cast(there, "int32")

    def compute_output_spec(self, points: Any, there: Any = None) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        return keras.KerasTensor(points.shape, dtype=points.dtype), keras.KerasTensor(points.shape[:2], dtype="int32")


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MaskedSum(keras.Layer):
    """Adds up features over the places that are there; zeros where there are none. The sum runs in float32.

    Called with features (batch, points, width) and a mask (batch, points), returns (batch, width).

    Example:
        >>> MaskedSum()(np.array([[[1.], [3.], [9.]]]), np.array([[1, 1, 0]]))
        [[4.]]
    """

    def call(self, features: Any, there: Any) -> Any:
        there = ops.expand_dims(ops.not_equal(there, 0), -1)
        kept = ops.cast(ops.where(there, features, ops.zeros_like(features)), "float32")
        return ops.cast(ops.sum(kept, axis=1), features.dtype)

    def compute_output_shape(self, features_shape: tuple, there_shape: tuple) -> tuple:
        return (features_shape[0], features_shape[2])


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class MaskedMaximum(keras.Layer):
    """The largest feature over the places that are there; zeros where there are none.

    Called with features (batch, points, width) and a mask (batch, points), returns (batch, width).

    Example:
        >>> MaskedMaximum()(np.array([[[-1.], [-3.], [9.]]]), np.array([[1, 1, 0]]))
        [[-1.]]
    """

    def call(self, features: Any, there: Any) -> Any:
        there = ops.expand_dims(ops.not_equal(there, 0), -1)
        largest = ops.max(ops.where(there, features, ops.full_like(features, -1e30)), axis=1)
        return ops.where(ops.any(there, axis=1), largest, ops.zeros_like(largest))

    def compute_output_shape(self, features_shape: tuple, there_shape: tuple) -> tuple:
        return (features_shape[0], features_shape[2])


POOLINGS: dict[str, type[keras.Layer]] = {"sum": MaskedSum, "mean": MaskedMean, "max": MaskedMaximum}


def check_points(encoder: str, points: Any) -> None:
    """Raises ValueError where a tensor is no set of points.

    Args:
        encoder: who says so.
        points: a tensor, to be (batch, points, features).
    """
    if len(points.shape) != 3:
        raise ValueError(f"{encoder} takes points (batch, points, features); received the shape {tuple(points.shape)}.")


def deep_sets(
    each: Sequence[int] = (64, 64),
    together: Sequence[int] = (64,),
    pooling: str = "sum",
    dropout: float = 0.0,
    name: str | None = None,
) -> Callable[..., Any]:
    """Makes an encoder of sets: rho(sum_i phi(x_i)), which does not know the order of the points.

    Args:
        each: units of the dense layers with ReLU over each point (phi).
        together: units of the dense layers with ReLU over what the points come to (rho).
        pooling: "sum", which can count, "mean" or "max".
        dropout: share of the answer dropped, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps points (batch, points, features), and a mask (batch, points), 0 where a point is not
        there (None: all are), to (batch, together[-1]). A set without points is that of sum 0.

    Raises:
        ValueError: if there are no layers, `pooling` is none of the three, or the points are of another form.

    Example:
        >>> deep_sets()(keras.Input((100, 5))).shape
        (None, 64)

    Reference:
        Zaheer 2017, arXiv:1703.06114, theorem 2 and section 3.1.
    """
    if not each or not together:
        raise ValueError(f"deep_sets needs layers before and after the sum; received {each!r} and {together!r}.")
    if pooling not in POOLINGS:
        raise ValueError(f"pooling must be one of {', '.join(POOLINGS)}; received {pooling!r}.")
    look = PointMask(name=prefixed(name, "points"))
    before = _dense_layers(each, prefixed(name, "each"))
    pool = POOLINGS[pooling](name=prefixed(name, pooling))
    after = _dense_layers(together, prefixed(name, "together"))
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None

    def call(points: Any, mask: Any = None) -> Any:
        check_points("deep_sets", points)
        features, there = look(points, mask)
        for layer in before:
            features = layer(features)
        features = pool(features, there)
        for layer in after:
            features = layer(features)
        return features if drop is None else drop(features)

    return call


def _dense_layers(units: Sequence[int], name: str | None) -> list[keras.Layer]:
    return [
        keras.layers.Dense(count, activation="relu", kernel_initializer="he_normal", name=prefixed(name, str(index)))
        for index, count in enumerate(units, 1)
    ]
