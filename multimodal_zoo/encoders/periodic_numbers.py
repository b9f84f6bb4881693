"""Numbers as sines and cosines of learned frequencies."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class PeriodicFeatures(keras.Layer):
    """Turns each number x into [sin(2 pi c_1 x), ..., sin(2 pi c_k x), cos(2 pi c_1 x), ..., cos(2 pi c_k x)].

    Each number has frequencies c of its own, which are learned. Computed in float32 whatever the policy: a bfloat16
    angle of some turns is no angle any more.

    Args:
        frequencies: k, how many frequencies a number has.
        sigma: standard deviation of the first frequencies, in turns per unit of x.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> PeriodicFeatures(8)(numbers)    # (batch, numbers) -> (batch, numbers, 16)
    """

    def __init__(self, frequencies: int = 16, sigma: float = 0.1, **kwargs: Any):
        super().__init__(autocast=False, **kwargs)
        if frequencies < 1 or not sigma > 0:
            raise ValueError(
                f"frequencies and sigma must be positive; received frequencies={frequencies!r}, sigma={sigma!r}."
            )
        self.frequencies = int(frequencies)
        self.sigma = float(sigma)

    def build(self, numbers_shape: tuple) -> None:
        self.coefficients = self.add_weight(
            shape=(numbers_shape[-1], self.frequencies),
            initializer=keras.initializers.RandomNormal(stddev=self.sigma),
            autocast=False,
            name="coefficients",
        )

    def call(self, numbers: Any) -> Any:
        angles = 2 * math.pi * self.coefficients * ops.expand_dims(ops.cast(numbers, "float32"), -1)
        return ops.cast(ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1), self.compute_dtype)

    def compute_output_shape(self, numbers_shape: tuple) -> tuple:
        return (*numbers_shape, 2 * self.frequencies)

    def compute_output_spec(self, numbers: Any) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(numbers.shape), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "frequencies": self.frequencies, "sigma": self.sigma}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class DenseOfEach(keras.Layer):
    """A dense layer with ReLU for each of several vectors, none sharing its weights with another.

    Args:
        dim: units.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> DenseOfEach(8)(vectors)    # (batch, vectors, width) -> (batch, vectors, 8)
    """

    def __init__(self, dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        if dim < 1:
            raise ValueError(f"dim must be positive; received dim={dim!r}.")
        self.dim = int(dim)

    def build(self, vectors_shape: tuple) -> None:
        count, width = vectors_shape[1:]
        # As of a dense layer of its own each: the shape (count, width, dim) would be taken for a convolution.
        limit = math.sqrt(6.0 / (width + self.dim))
        initializer = keras.initializers.RandomUniform(-limit, limit)
        self.kernels = self.add_weight(shape=(count, width, self.dim), initializer=initializer, name="kernels")
        self.biases = self.add_weight(shape=(count, self.dim), initializer="zeros", name="biases")

    def call(self, vectors: Any) -> Any:
        return ops.relu(ops.einsum("bnw,nwd->bnd", vectors, self.kernels) + self.biases)

    def compute_output_shape(self, vectors_shape: tuple) -> tuple:
        return (*vectors_shape[:-1], self.dim)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dim": self.dim}


def periodic_numbers(
    dim: int = 16,
    frequencies: int = 16,
    sigma: float = 0.1,
    return_sequence: bool = False,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes an encoder of numbers: periodic features, then for each number a dense layer with ReLU of its own.

    A network reads a bare number only along a line; of its sines and cosines it can learn where thresholds lie.

    Args:
        dim: width of the vector of one number.
        frequencies: frequencies of each number.
        sigma: standard deviation of the first frequencies, in turns per unit; the numbers should be standardised.
        return_sequence: whether to answer with a vector for each number.
        name: prefix of the layers' names.

    Returns:
        A callable that maps numbers (batch, numbers) to (batch, numbers * dim), or with `return_sequence` to
        (batch, numbers, dim).

    Raises:
        ValueError: if a size or `sigma` is not positive.

    Example:
        >>> periodic_numbers(8)(keras.Input((5,))).shape
        (None, 40)

    Reference:
        Gorishniy 2022, arXiv:2203.05556, section 3.3 (the combination "PLR").
    """
    turn = PeriodicFeatures(frequencies, sigma, name=prefixed(name, "periodic"))
    read = DenseOfEach(dim, name=prefixed(name, "dense"))
    flatten = keras.layers.Flatten(name=prefixed(name, "numbers"))

    def call(numbers: Any) -> Any:
        vectors = read(turn(numbers))
        return vectors if return_sequence else flatten(vectors)

    return call
