"""The compressed interaction network: products of whole field vectors, of one order more in each layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.factorization_machine import stacked_fields
from multimodal_zoo.encoders.layer_names import prefixed


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class CompressedInteraction(keras.Layer):
    """One layer: each feature map h is a weighted sum of the products of all pairs of vectors of two layers.

    x^k_h = g( sum_ij W_hij (x^(k-1)_i * x^0_j) ).

    Called with the fields x^0 (batch, fields, dim) and the maps before x^(k-1) (batch, maps before, dim), returns
    (batch, maps, dim).

    Args:
        maps: number of feature maps, at least 1.
        activation: g, the name of a Keras activation; None, the identity, is what the paper found best.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> CompressedInteraction(64)(fields, fields)    # (batch, 7, 16) -> (batch, 64, 16)

    Reference:
        Lian 2018, arXiv:1803.05170, equation 6.
    """

    def __init__(self, maps: int, activation: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        if maps < 1:
            raise ValueError(f"maps must be positive; received {maps!r}.")
        self.maps = int(maps)
        self.activation = keras.activations.get(activation)

    def build(self, fields_shape: tuple, before_shape: tuple) -> None:
        pairs = before_shape[1] * fields_shape[1]
        self.kernel = self.add_weight(shape=(pairs, self.maps), initializer="glorot_uniform", name="kernel")

    def call(self, fields: Any, before: Any) -> Any:
        products = ops.expand_dims(before, 2) * ops.expand_dims(fields, 1)
        products = ops.reshape(products, (-1, before.shape[1] * fields.shape[1], fields.shape[2]))
        return self.activation(ops.einsum("bpd,ph->bhd", products, self.kernel))

    def compute_output_shape(self, fields_shape: tuple, before_shape: tuple) -> tuple:
        return (fields_shape[0], self.maps, fields_shape[2])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "maps": self.maps,
            "activation": keras.activations.serialize(self.activation),
        }


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SumOverEntries(keras.Layer):
    """Sums each vector over its entries: (batch, vectors, dim) to (batch, vectors).

    Example:
        >>> SumOverEntries()(np.array([[[1., 2.], [3., 4.]]]))
        [[3., 7.]]
    """

    def call(self, vectors: Any) -> Any:
        return ops.sum(vectors, axis=-1)

    def compute_output_shape(self, vectors_shape: tuple) -> tuple:
        return vectors_shape[:-1]


def compressed_interaction(
    maps: Sequence[int] = (64, 64), activation: str | None = None, name: str | None = "cin"
) -> Callable[[Any], Any]:
    """Makes a compressed interaction network: layer k holds products of k + 1 field vectors, entry by entry.

    A field that is the zero vector is in no product.

    Args:
        maps: feature maps of each layer.
        activation: name of a Keras activation of the maps; None is the identity.
        name: prefix of the layers' names.

    Returns:
        A callable that maps field vectors, (batch, fields, dim) or a dict or list of (batch, dim), to
        (batch, sum(maps)): the maps of all layers, each summed over its entries.

    Raises:
        ValueError: if there is no layer.

    Example:
        >>> compressed_interaction((8, 8))(keras.Input((5, 16))).shape
        (None, 16)

    Reference:
        Lian 2018, arXiv:1803.05170, equations 6 to 8. Its code feeds half of the maps to the next layer and sums the
        other half; here, as in the equations, all maps do both.
    """
    if not maps:
        raise ValueError("A compressed interaction network needs at least one layer; received none.")
    layers = [
        CompressedInteraction(count, activation, name=prefixed(name, str(number)))
        for number, count in enumerate(maps, 1)
    ]
    sums = [SumOverEntries(name=prefixed(name, f"{number}_sums")) for number in range(1, len(maps) + 1)]
    join = keras.layers.Concatenate(name=prefixed(name, "sums")) if len(maps) > 1 else None

    def call(vectors: Mapping[str, Any] | Sequence[Any] | Any) -> Any:
        fields = before = stacked_fields(vectors, prefixed(name, "fields"))
        found = []
        for layer, add in zip(layers, sums, strict=True):
            before = layer(fields, before)
            found.append(add(before))
        return found[0] if join is None else join(found)

    return call
