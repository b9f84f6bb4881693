"""The second-order term of a factorisation machine: every pair of fields, by the product of their vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class FactorizationMachine(keras.Layer):
    """Adds up the inner products of all pairs of field vectors, in time linear in the number of fields.

    sum_(i<j) <v_i, v_j> = 1/2 sum_d ((sum_i v_id)^2 - sum_i v_id^2). A field that is the zero vector has no
    part in it. Computed in float32 whatever the policy: the two sums nearly cancel.

    Called with a list of (batch, dim), which is faster than one tensor of them all, or with (batch, fields, dim);
    returns (batch, 1).

    Example:
        >>> FactorizationMachine()(np.array([[[1., 2.], [3., 4.]]]))
        [[11.]]

    Reference:
        Rendle 2010, Factorization Machines, lemma 3.1; Guo 2017, arXiv:1703.04247, equation 2.
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})

    def call(self, vectors: Any) -> Any:
        if isinstance(vectors, (list, tuple)):
            fields = [ops.cast(one, "float32") for one in vectors]
            of_sum, of_each = ops.square(sum(fields)), sum(ops.square(one) for one in fields)
        else:
            vectors = ops.cast(vectors, "float32")
            of_sum, of_each = ops.square(ops.sum(vectors, axis=1)), ops.sum(ops.square(vectors), axis=1)
        return 0.5 * ops.sum(of_sum - of_each, axis=-1, keepdims=True)

    def compute_output_shape(self, vectors_shape: Any) -> tuple:
        of_first = vectors_shape[0]
        return (of_first[0] if isinstance(of_first, (list, tuple)) else of_first, 1)


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class StackFields(keras.Layer):
    """Stacks field vectors, a list of (batch, dim), into (batch, fields, dim).

    Example:
        >>> StackFields()([user, item])
    """

    def call(self, vectors: list[Any]) -> Any:
        return ops.stack(vectors, axis=1)

    def compute_output_shape(self, vectors_shape: list[tuple]) -> tuple:
        return (vectors_shape[0][0], len(vectors_shape), vectors_shape[0][1])


def stacked_fields(vectors: Mapping[str, Any] | Sequence[Any] | Any, name: str | None = None) -> Any:
    """Field vectors as one tensor.

    Args:
        vectors: a dict or list of (batch, dim); or (batch, fields, dim), which stays as it is.
        name: name of the layer that stacks.

    Returns:
        (batch, fields, dim).

    Example:
        >>> stacked_fields({"user": user, "item": item}).shape
        (None, 2, 16)
    """
    if isinstance(vectors, Mapping):
        vectors = list(vectors.values())
    return StackFields(name=name)(list(vectors)) if isinstance(vectors, (list, tuple)) else vectors


def factorization_machine(name: str | None = "factorization_machine") -> Callable[[Any], Any]:
    """Makes the second-order term of a factorisation machine.

    Args:
        name: name of the layer.

    Returns:
        A callable that maps field vectors, (batch, fields, dim) or a dict or list of (batch, dim), to (batch,
        1).

    Example:
        >>> logit = factorization_machine()({"user": user, "item": item})

    Reference:
        Rendle 2010, Factorization Machines, lemma 3.1; Guo 2017, arXiv:1703.04247, equation 2.
    """
    layer = FactorizationMachine(name=name)

    def call(vectors: Any) -> Any:
        return layer(list(vectors.values()) if isinstance(vectors, Mapping) else vectors)

    return call
