"""A question at three levels: its words, its phrases, and all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.lstm import LSTM
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.encoders.word_order import FrontAligned


def question_hierarchy(
    vocabulary_size: int, dim: int = 64, dropout: float = 0.0, name: str | None = None
) -> Callable[[Any], tuple[dict[str, Any], Any]]:
    """Makes an encoder that tells a text at three levels, each with one vector a word.

    Word: q_t = the word vector.  Phrase: p_t = max over s = 1, 2, 3 of tanh(W_s q_(s words around t) + b_s), entry by
    entry.  Question: h_t = LSTM(p_t, h_(t - 1)).

    Phrases of two begin with their word. Those of three have it in their middle, where the paper's begin with it, too;
    past the text they see zeros.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        dim: width of the vectors of all three levels.
        dropout: share dropped of the word vectors, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps ids (batch, length), 0 = padding, to a dict of `word`, `phrase` and `question`, each
        (batch, length, dim), and to the ids as these vectors stand: words at the front, padding behind. Vectors at
        padding mean nothing.

    Example:
        >>> levels, words = question_hierarchy(8000)(keras.Input((20,), dtype="int32"))
        >>> levels["phrase"].shape
        (None, 20, 64)

    Reference:
        Lu 2016, arXiv:1606.00061, section 3.2.
    """
    align = FrontAligned(name=prefixed(name, "front_aligned"))
    embed = WordEmbedding(vocabulary_size, dim, name=prefixed(name, "embedding"))
    drop = keras.layers.Dropout(dropout, name=prefixed(name, "word_dropout")) if dropout else None
    convolutions = [
        keras.layers.Conv1D(dim, size, padding="same", activation="tanh", name=prefixed(name, f"phrases_of_{size}"))
        for size in (1, 2, 3)
    ]
    strongest = keras.layers.Maximum(name=prefixed(name, "phrases"))
    lstm = LSTM(dim, return_sequences=True, name=prefixed(name, "lstm"))

    def call(ids: Any) -> tuple[dict[str, Any], Any]:
        ids = align(ids)
        words = embed(ids)
        if drop is not None:
            words = drop(words)
        phrases = strongest([convolve(words) for convolve in convolutions])
        return {"word": words, "phrase": phrases, "question": lstm(phrases)}, ids

    return call
