"""A history of ids in the order of time: films watched, items clicked."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import tensorflow as tf

from multimodal_zoo.modalities.multi_categorical import MultiCategorical


@dataclasses.dataclass(frozen=True)
class IdSequence(MultiCategorical):
    """Ids in the order of time, oldest first; of a longer history the newest `length` are kept.

    Args: as `MultiCategorical`.

    Raw: list of strings, oldest first (absent: `[]`). Tensor: `(length,)` int32, padded with 0 at the end.

    Example:
        >>> seen = IdSequence(vocabulary_size=10, length=2).adapt([["a", "a", "a", "b", "b", "c"]])
        >>> seen.decode(tf.constant([["a", "b", "c"]])).tensor.numpy().tolist()
        [[3, 4]]
    """

    length: int = 50

    kind: ClassVar[str] = "id_sequence"

    def keep(self, ids: tf.RaggedTensor) -> tf.RaggedTensor:
        """Which of the ids survive when there are more than `length`: the newest ones."""
        return ids[:, -self.length :]
