"""A set of ids out of a vocabulary: genres, tags, symptoms."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import tensorflow as tf

from multimodal_zoo.modalities.modality import Decoded, require_fraction, require_positive
from multimodal_zoo.modalities.vocabulary import VocabularyModality, drop_ids, encode_id


@dataclasses.dataclass(frozen=True)
class MultiCategorical(VocabularyModality):
    """Several ids at once, in no order.

    Args:
        vocabulary_size: rows of the embedding table (ids 0 and 1 are padding and unknown).
        length: ids kept; further ones are cut off.
        id_drop: share of the ids that augmentation replaces by 'unknown', in [0, 1).
        vocabulary: the known ids, most frequent first; learned by `adapt`.

    Raw: list of strings (absent: `[]`); batched, rows are filled up with `""`. Tensor: `(length,)` int32.

    Example:
        >>> genres = MultiCategorical(vocabulary_size=10, length=3).adapt([["drama"], ["drama", "war"]])
        >>> genres.decode(tf.constant([["war", "new", ""], ["", "", ""]])).tensor.numpy().tolist()
        [[3, 1, 0], [0, 0, 0]]
    """

    vocabulary_size: int = 100
    length: int = 8
    id_drop: float = 0.0
    vocabulary: tuple[str, ...] | None = None

    kind: ClassVar[str] = "multi_categorical"

    def __post_init__(self) -> None:
        require_positive(type(self).__name__, length=self.length)
        require_fraction(type(self).__name__, id_drop=self.id_drop)
        self.require_room()

    @property
    def raw_shape(self) -> tuple[None]:
        return (None,)

    @property
    def shape(self) -> tuple[int]:
        return (self.length,)

    def encode(self, value: Any) -> list[str]:
        if value is None:
            return []
        if isinstance(value, (str, bytes, int)):
            value = [value]
        return [encode_id(one) for one in value if one is not None and one != ""]

    def example(self, seed: int) -> list[str]:
        """Two known ids and an unknown one."""
        return self.example_words(seed, 2)

    def keep(self, ids: tf.RaggedTensor) -> tf.RaggedTensor:
        """Which of the ids survive when there are more than `length`: the first ones."""
        return ids[:, : self.length]

    def decode(self, raw: tf.Tensor) -> Decoded:
        filled = tf.strings.length(raw) > 0
        ids = self.keep(tf.ragged.boolean_mask(self.table.lookup(raw), filled))
        present = tf.reduce_any(filled, axis=1)
        return Decoded(ids.to_tensor(0, shape=(None, self.length)), present, present)

    def measures(self, raw: tf.Tensor, tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        given = tf.math.count_nonzero(tf.strings.length(raw), axis=1)
        return {"count": tf.cast(given, tf.float32), "id": tf.boolean_mask(tensor, tensor > 0)}

    def augment(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return drop_ids(tensor, self.id_drop, seed)
