"""Text as the mean of its word vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multimodal_zoo.encoders.each_or_mean import each_or_mean
from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.word_embedding import WordEmbedding


def mean_of_words(vocabulary_size: int, embedding_dim: int = 64, name: str | None = None) -> Callable[[Any], Any]:
    """Makes a text encoder of learned word vectors alone: their order does not count.

    For names, keywords and few texts to learn from, where what looks at phrases learns them by heart.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        embedding_dim: width of a word vector and of the answer.
        name: prefix of the layers' names.

    Returns:
        A callable that maps ids (batch, length), 0 = padding, to (batch, embedding_dim). Where the padding stands, and
        how much there is, makes no difference; without any word the answer is zeros.

    Example:
        >>> mean_of_words(8000)(keras.Input((20,), dtype="int32")).shape
        (None, 64)

    Reference:
        Iyyer 2015, Deep Unordered Composition Rivals Syntactic Methods for Text Classification, section 2.
    """
    embed = WordEmbedding(vocabulary_size, embedding_dim, name=prefixed(name, "embedding"))
    return each_or_mean(embed, name=name)
