"""The cross network: features of each order out of products with the input, one order more in each layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed

FORMS = ("matrix", "vector")


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class CrossLayer(keras.Layer):
    """One layer of a cross network, over x_0 and the answer x of the layer before.

    "matrix": x_0 * (W x + b) + x, with W of full rank or U V^T of a low one. "vector": x_0 (w . x) + b + x.

    Called with x_0 and x, both (batch, width), returns as x.

    Args:
        form: "matrix" (the second version of the network) or "vector" (the first).
        rank: rank of W = U V^T; None for a full matrix.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if the form is neither, or a rank is given that is not positive or with the form "vector".

    Example:
        >>> CrossLayer()(x_0, x)    # (batch, width), (batch, width) -> the same

    Reference:
        Wang 2021, arXiv:2008.13535, equations 1 and 2; Wang 2017, arXiv:1708.05123, equation 3.
    """

    def __init__(self, form: str = "matrix", rank: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        if form not in FORMS:
            raise ValueError(f"form must be one of {', '.join(FORMS)}; received {form!r}.")
        if rank is not None and (rank < 1 or form == "vector"):
            raise ValueError(
                f"rank must be positive, and goes with form='matrix'; received rank={rank!r}, form={form!r}."
            )
        self.form = form
        self.rank = rank

    def build(self, first_shape: tuple, vector_shape: tuple) -> None:
        width = vector_shape[-1]
        if self.form == "vector":
            self.kernel = self.add_weight(shape=(width, 1), initializer="glorot_uniform", name="kernel")
        elif self.rank is None:
            self.kernel = self.add_weight(shape=(width, width), initializer="glorot_uniform", name="kernel")
        else:
            self.v = self.add_weight(shape=(width, self.rank), initializer="glorot_uniform", name="v")
            self.u = self.add_weight(shape=(self.rank, width), initializer="glorot_uniform", name="u")
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")

    def call(self, first: Any, vector: Any) -> Any:
        if self.form == "vector":
            return first * ops.matmul(vector, self.kernel) + self.bias + vector
        if self.rank is None:
            mapped = ops.matmul(vector, self.kernel)
        else:
            mapped = ops.matmul(ops.matmul(vector, self.v), self.u)
        return first * (mapped + self.bias) + vector

    def compute_output_shape(self, first_shape: tuple, vector_shape: tuple) -> tuple:
        return vector_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "form": self.form, "rank": self.rank}


def cross_network(
    layers: int = 3, form: str = "matrix", rank: int | None = None, name: str | None = "cross"
) -> Callable[[Any], Any]:
    """Makes a cross network: after l layers there are products of up to l + 1 features in each entry.

    Args:
        layers: how many cross layers, at least 1.
        form: "matrix" or "vector", see `CrossLayer`.
        rank: rank of the matrices; None for full ones.
        name: prefix of the layers' names.

    Returns:
        A callable that maps all the field vectors side by side (batch, width) to (batch, width). Zeros give zeros in
        the form "matrix".

    Raises:
        ValueError: if `layers` is not positive, or form and rank do not go together.

    Example:
        >>> cross_network(2)(keras.Input((48,))).shape
        (None, 48)

    Reference:
        Wang 2021, arXiv:2008.13535, section 3.2 (DCN-V2, equations 1 and 2); Wang 2017, arXiv:1708.05123,
        section 2.2 (DCN).
    """
    if layers < 1:
        raise ValueError(f"A cross network needs at least one layer; received layers={layers!r}.")
    crosses = [CrossLayer(form, rank, name=prefixed(name, str(number))) for number in range(1, layers + 1)]

    def call(first: Any) -> Any:
        vector = first
        for cross in crosses:
            vector = cross(first, vector)
        return vector

    return call
