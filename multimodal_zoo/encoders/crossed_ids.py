"""Cross-product features: one id for each combination of the values of two fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.field_embeddings import ID_KINDS
from multimodal_zoo.encoders.hashed_embedding import HashedIds, hash_of
from multimodal_zoo.encoders.masked_mean import MaskedMean
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.unknown_name import UnknownName


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class CrossedIds(keras.Layer):
    """Makes an id of every pair of an id of one field and an id of another; 0, which is absent, crosses to 0.

    Called with two int32 tensors (batch, m) and (batch, n), returns int32 (batch, m * n). The ids are hashes of any
    size: look them up by `HashedIds`.

    Example:
        >>> CrossedIds()(np.int32([[3]]), np.int32([[5, 0]])).shape
        (1, 2)
    """

    def call(self, first: Any, second: Any) -> Any:
        first, second = ops.expand_dims(first, 2), ops.expand_dims(second, 1)
        # Only one is hashed before: 3 x 5 and 5 x 3 are two crosses.
        crossed = hash_of(ops.bitwise_xor(hash_of(first, 1), second))
        there = ops.logical_and(ops.not_equal(first, 0), ops.not_equal(second, 0))
        # 0 means absent, so a hash that happens to be 0 becomes 1.
        crossed = ops.where(there, ops.maximum(crossed, 1), ops.zeros_like(crossed))
        return ops.reshape(crossed, (-1, first.shape[1] * second.shape[2]))

    def compute_output_spec(self, first: Any, second: Any) -> keras.KerasTensor:
        return keras.KerasTensor((first.shape[0], first.shape[1] * second.shape[1]), dtype="int32")


def crossed_ids(
    modalities: Mapping[str, Any], crosses: Sequence[Sequence[str]], buckets: int = 10_000
) -> Callable[[Mapping[str, Any]], Any]:
    """Makes the cross-product term of a wide model: a weight for each combination of the values of two fields.

    Args:
        modalities: the fields by name.
        crosses: pairs of names of fields of ids; of a field of several ids, each crosses and the mean is taken.
        buckets: rows of the table of weights of each cross; combinations are hashed to them.

    Returns:
        A callable that maps the dict of the fields' tensors to a list of (batch, 1), one for each cross. Where either
        field is absent, the term is zero.

    Raises:
        UnknownName: if a cross names a field that does not exist or is of numbers.
        ValueError: if a cross is not of two different fields.

    Example:
        >>> terms = crossed_ids(fields, [("user", "genres")])(inputs)

    Reference:
        Cheng 2016, arXiv:1606.07792, equation 1 (cross-product transformation), with hashed combinations.
    """
    of_ids = [name for name, modality in modalities.items() if modality.kind in ID_KINDS]
    for cross in crosses:
        if len(cross) != 2 or len(set(cross)) != 2:
            raise ValueError(f"A cross is a pair of two fields, such as ('user', 'genres'); received {cross!r}.")
        for name in cross:
            if name not in of_ids:
                raise UnknownName("field of ids to cross", name, of_ids)

    def term(inputs: Mapping[str, Any], first: str, second: str) -> Any:
        name = f"{first}_x_{second}"
        ids = HashedIds(buckets, name=f"{name}_hash")(CrossedIds(name=name)(inputs[first], inputs[second]))
        weights = WordEmbedding(buckets, 1, embeddings_initializer="zeros", name=f"{name}_linear")(ids)
        return MaskedMean(name=f"{name}_mean")(weights, ids)

    def call(inputs: Mapping[str, Any]) -> list[Any]:
        return [term(inputs, first, second) for first, second in crosses]

    return call
