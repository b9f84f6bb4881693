"""One id out of a vocabulary: a user, an item, a country."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import tensorflow as tf

from multimodal_zoo.modalities.modality import Decoded, require_fraction
from multimodal_zoo.modalities.vocabulary import VocabularyModality, drop_ids, encode_id


@dataclasses.dataclass(frozen=True)
class Categorical(VocabularyModality):
    """One id.

    Args:
        vocabulary_size: rows of the embedding table (ids 0 and 1 are absent and unknown).
        id_drop: share of the ids that augmentation replaces by 'unknown', in [0, 1): what makes the row that new
            users and items share learn something.
        vocabulary: the known ids, most frequent first; learned by `adapt`.

    Raw: string or integer (absent: `""`). An id never seen is 'unknown', not an error. Tensor: `(1,)` int32.

    Example:
        >>> user = Categorical(vocabulary_size=10).adapt(["ann", "bob", "ann"])
        >>> user.decode(tf.constant(["ann", "bob", "eve", ""])).tensor.numpy().ravel().tolist()
        [2, 3, 1, 0]
    """

    vocabulary_size: int = 1000
    id_drop: float = 0.0
    vocabulary: tuple[str, ...] | None = None

    kind: ClassVar[str] = "categorical"

    def __post_init__(self) -> None:
        require_fraction("Categorical", id_drop=self.id_drop)
        self.require_room()

    @property
    def shape(self) -> tuple[int]:
        return (1,)

    def encode(self, value: Any) -> str:
        return encode_id(value)

    def example(self, seed: int) -> str:
        """A known id for an even seed, an unknown one for an odd."""
        return self.example_words(seed, 1)[-(seed % 2)]

    def decode(self, raw: tf.Tensor) -> Decoded:
        present = tf.strings.length(raw) > 0
        ids = tf.where(present, self.table.lookup(raw), 0)
        return Decoded(ids[:, None], present, present)

    def measures(self, raw: tf.Tensor, tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"id": tensor[:, 0]}

    def augment(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return drop_ids(tensor, self.id_drop, seed)
