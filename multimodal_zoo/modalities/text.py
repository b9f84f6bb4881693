"""Free text: a UTF-8 string -> word ids."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar, Self

import tensorflow as tf

from multimodal_zoo.modalities.modality import Decoded, require_fraction, require_positive
from multimodal_zoo.modalities.vocabulary import UNKNOWN, VocabularyModality, drop_ids, encode_id


@dataclasses.dataclass(frozen=True)
class Text(VocabularyModality):
    """A string, split into lower-case words of letters, digits and marks of any script.

    Args:
        vocabulary_size: rows of the embedding table (ids 0 and 1 are padding and unknown word).
        length: words kept; longer texts are cut at the end, shorter ones padded with 0.
        word_drop: share of the words that augmentation replaces by 'unknown', in [0, 1).
        vocabulary: the known words, most frequent first; learned by `adapt`.

    Raw: string (absent: empty or without any word). Tensor: `(length,)` int32.

    Example:
        >>> text = Text(vocabulary_size=100, length=4).adapt(["Clear lungs.", "Lungs clear, heart large"])
        >>> text.decode(tf.constant(["Heart: CLEAR", ""])).tensor.numpy().tolist()
        [[4, 2, 0, 0], [0, 0, 0, 0]]
    """

    vocabulary_size: int = 8000
    length: int = 256
    word_drop: float = 0.0
    vocabulary: tuple[str, ...] | None = None

    kind: ClassVar[str] = "text"

    def __post_init__(self) -> None:
        require_positive("Text", length=self.length)
        require_fraction("Text", word_drop=self.word_drop)
        self.require_room()

    @property
    def shape(self) -> tuple[int]:
        return (self.length,)

    def encode(self, value: Any) -> str:
        return encode_id(value)

    def example(self, seed: int) -> str:
        """Eight known words, or as many as there are, and an unknown one."""
        return " ".join(self.example_words(seed, 8))

    @staticmethod
    def words(raw: tf.Tensor) -> tf.RaggedTensor:
        """Split a `(batch,)` string tensor into words; bytes that are no UTF-8 count as a separator."""
        text = tf.strings.unicode_transcode(raw, "UTF-8", "UTF-8", errors="replace", replacement_char=32)
        text = tf.strings.lower(text, encoding="utf-8")
        # Apostrophes vanish (don't -> dont); everything else that is no letter, digit or mark separates.
        text = tf.strings.regex_replace(text, "['\u2019]", "")
        text = tf.strings.regex_replace(text, r"[^\pL\pN\pM_]+", " ")
        return tf.strings.split(text)

    def decode(self, raw: tf.Tensor) -> Decoded:
        words = self.words(raw)
        ids = words.with_values(self.table.lookup(words.values))[:, : self.length]
        present = words.row_lengths() > 0
        return Decoded(ids.to_tensor(0, shape=(None, self.length)), present, present)

    def measures(self, raw: tf.Tensor, tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        words = self.words(raw)
        ids = words.with_values(self.table.lookup(words.values))
        return {
            "words": tf.cast(words.row_lengths(), tf.float32),
            "unknown_words": tf.reduce_mean(tf.cast(ids == UNKNOWN, tf.float32), axis=1),
            "word": ids.values,
        }

    def augment(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return drop_ids(tensor, self.word_drop, seed)

    def adapt(self, values: Iterable[Any]) -> Self:
        """Learn the most frequent words of the given texts."""
        counts: Counter[str] = Counter()
        encoded = map(self.encode, values)
        # The texts need not all lie in memory.
        while texts := list(itertools.islice(encoded, 1024)):
            words = self.words(tf.constant(texts, tf.string)).values.numpy()
            counts.update(word.decode("utf-8") for word in words)
        return self.with_most_frequent(counts)
