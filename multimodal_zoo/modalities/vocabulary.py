"""What the kinds that look words and ids up in a vocabulary share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities.modality import Modality

ABSENT, UNKNOWN, FIRST_KNOWN = 0, 1, 2
# Letters and digits alone: every tokeniser keeps it whole.
UNHEARD_OF = "qzx7unheardof"


class VocabularyModality(Modality):
    """A modality whose raw strings become ids: 0 is padding or absent, 1 is unknown, 2 and up are known.

    Args:
        vocabulary_size: rows of the embedding table, the two reserved ids included.
    """

    learned: ClassVar[tuple[str, ...]] = ("vocabulary",)
    shows_absence: ClassVar[bool] = True
    # Fields of every subclass. This is no dataclass itself: there each has its own place among the others.
    vocabulary_size: int
    vocabulary: tuple[str, ...] | None

    def require_room(self) -> None:
        """Raise ValueError when the table has no row left for a known entry, or the vocabulary does not fit."""
        name, size, vocabulary = type(self).__name__, self.vocabulary_size, self.vocabulary
        if size <= FIRST_KNOWN:
            raise ValueError(
                f"{name}: vocabulary_size counts the ids 0 (padding) and 1 (unknown) and has to be > 2, got {size!r}."
            )
        if vocabulary is not None and len(vocabulary) + FIRST_KNOWN > size:
            raise ValueError(
                f"{name}: {len(vocabulary)} entries do not fit into vocabulary_size={size} "
                f"(ids 0 and 1 are reserved); use vocabulary_size={len(vocabulary) + FIRST_KNOWN}."
            )

    @property
    def dtype(self) -> str:
        return "int32"

    @cached_property
    def table(self) -> tf.lookup.StaticHashTable:
        """String -> id, made once per fitted modality."""
        if self.vocabulary is None:
            name = type(self).__name__
            raise ValueError(
                f"This {name} has no vocabulary yet: fit it with `{name.lower()} = {name.lower()}.adapt(values)`."
            )
        with tf.init_scope():
            # An empty vocabulary is possible (every value of the split was absent) but a table needs one key.
            keys = tf.constant(list(self.vocabulary) or ["\0"], tf.string)
            ids = tf.range(FIRST_KNOWN, FIRST_KNOWN + tf.size(keys), dtype=tf.int32)
            return tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, ids), default_value=UNKNOWN)

    def example_words(self, seed: int, known: int) -> list[str]:
        """Up to `known` entries of the vocabulary, at random, and at the end one that no vocabulary has."""
        entries = self.vocabulary or ()
        picked = np.random.default_rng(seed).permutation(len(entries))[:known]
        return [*(entries[number] for number in picked), UNHEARD_OF]

    def tables(self) -> list[Any]:
        return [self.table]

    def with_most_frequent(self, counts: Counter[str]) -> Self:
        """Keep the most frequent entries that fit, ties in alphabetical order."""
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return self.with_learned(vocabulary=tuple(word for word, _ in ranked[: self.vocabulary_size - FIRST_KNOWN]))

    def adapt(self, values: Iterable[Any]) -> Self:
        """Learn the vocabulary from raw values (ids or lists of ids)."""
        counts: Counter[str] = Counter()
        for value in values:
            encoded = self.encode(value)
            counts.update([encoded] if isinstance(encoded, str) else encoded)
        counts.pop("", None)
        return self.with_most_frequent(counts)


def encode_id(value: Any) -> str:
    """One id as a string: integers and strings are both welcome; None is absent."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value)


def drop_ids(ids: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Replace a random share of the known ids by 'unknown', so that the unknown row learns something useful."""
    if not share:
        return ids
    drop = tf.random.stateless_uniform(tf.shape(ids), seed) < share
    return tf.where(drop & (ids >= FIRST_KNOWN), tf.constant(UNKNOWN, ids.dtype), ids)
