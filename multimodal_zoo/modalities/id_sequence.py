"""A history of ids in the order of time: films watched, items clicked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar, Self

import tensorflow as tf

from multimodal_zoo.modalities.modality import Modality
from multimodal_zoo.modalities.multi_categorical import MultiCategorical
from multimodal_zoo.modalities.vocabulary import VocabularyModality


@dataclasses.dataclass(frozen=True)
class IdSequence(MultiCategorical):
    """Ids in the order of time, oldest first; of a longer history the newest `length` are kept.

    Args:
        ids_of: name of the modality of single ids whose vocabulary the history takes over when both are fitted, so
            that an item has the same id as a candidate and in the history; None learns one of its own.
        others: as `MultiCategorical`.

    Raw: list of strings, oldest first (absent: `[]`). Tensor: `(length,)` int32, padded with 0 at the end.

    Example:
        >>> seen = IdSequence(vocabulary_size=10, length=2).adapt([["a", "a", "a", "b", "b", "c"]])
        >>> seen.decode(tf.constant([["a", "b", "c"]])).tensor.numpy().tolist()
        [[3, 4]]
    """

    length: int = 50
    ids_of: str | None = None

    kind: ClassVar[str] = "id_sequence"

    def keep(self, ids: tf.RaggedTensor) -> tf.RaggedTensor:
        """Which of the ids survive when there are more than `length`: the newest ones."""
        return ids[:, -self.length :]

    def agree_with(self, fitted: Mapping[str, Modality]) -> Self:
        if self.ids_of is None:
            return self
        named = fitted.get(self.ids_of)
        if not isinstance(named, VocabularyModality) or named.vocabulary_size != self.vocabulary_size:
            raise ValueError(
                f"IdSequence(ids_of={self.ids_of!r}) needs a modality {self.ids_of!r} of ids with its own "
                f"vocabulary_size={self.vocabulary_size} beside it; there is {named!r}."
            )
        return dataclasses.replace(self, vocabulary=named.vocabulary)
