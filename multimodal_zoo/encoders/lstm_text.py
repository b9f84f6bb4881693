"""Text by an LSTM, read at its last word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.lstm import LSTM
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.encoders.word_order import FrontAligned, StateAtLastWord


def lstm_text(
    vocabulary_size: int,
    embedding_dim: int = 64,
    units: int = 64,
    dropout: float = 0.0,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a text encoder of one LSTM from the first word to the last.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        embedding_dim: width of a word vector.
        units: units of the LSTM.
        dropout: share dropped of the word vectors and of the answer, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps ids (batch, length), 0 = padding, to (batch, units), the state at the last word. Where
        the padding stands, and how much there is, makes no difference; without any word the answer is zeros.

    Example:
        >>> lstm_text(8000)(keras.Input((20,), dtype="int32")).shape
        (None, 64)

    Reference:
        Hochreiter and Schmidhuber 1997; as a question encoder: Yang 2016, arXiv:1511.02274, section 3.2.1.
    """
    align = FrontAligned(name=prefixed(name, "front_aligned"))
    embed = WordEmbedding(vocabulary_size, embedding_dim, name=prefixed(name, "embedding"))
    drop_words = keras.layers.Dropout(dropout, name=prefixed(name, "word_dropout")) if dropout else None
    lstm = LSTM(units, return_sequences=True, name=prefixed(name, "lstm"))
    last_word = StateAtLastWord(name=prefixed(name, "last_word"))
    drop_state = keras.layers.Dropout(dropout, name=prefixed(name, "state_dropout")) if dropout else None

    def call(ids: Any) -> Any:
        ids = align(ids)
        vectors = embed(ids)
        if drop_words is not None:
            vectors = drop_words(vectors)
        state = last_word(lstm(vectors), ids)
        return state if drop_state is None else drop_state(state)

    return call
