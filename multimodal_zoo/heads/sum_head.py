"""One score to rank by that is a plain sum: no weights of its own but the bias."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SumOfTerms(keras.Layer):
    """Adds up all entries of all terms and a learned bias: (batch, any width) each to float32 (batch, 1).

    Example:
        >>> SumOfTerms()([np.array([[1.0]]), np.array([[2.0, 3.0]])])
        [[6.]]
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})

    def build(self, terms_shape: list[tuple]) -> None:
        self.bias = self.add_weight(shape=(1,), initializer="zeros", name="bias")

    def call(self, terms: list[Any]) -> Any:
        return self.bias + sum(ops.sum(ops.cast(term, "float32"), axis=-1, keepdims=True) for term in terms)

    def compute_output_shape(self, terms_shape: list[tuple]) -> tuple:
        return (terms_shape[0][0], 1)


def sum_head(name: str = "score") -> Callable[[Sequence[Any]], Any]:
    """Makes the head for a score that is the sum of its terms and a bias, and a sigmoid.

    Where a product of two vectors entry by entry is a term, the score is their inner product.

    Args:
        name: name of the output layer.

    Returns:
        A callable that maps a list of terms, each (batch, any width), to float32 scores (batch, 1), 0 to 1, under any
        dtype policy; train them with the binary cross-entropy of probabilities.

    Example:
        >>> score = sum_head()([first_order, user * item])

    Reference:
        Rendle 2010, Factorization Machines, equation 1.
    """
    add = SumOfTerms(name=f"{name}_logits")
    activate = keras.layers.Activation("sigmoid", dtype="float32", name=name)

    def call(terms: Sequence[Any]) -> Any:
        return activate(add(list(terms)))

    return call
