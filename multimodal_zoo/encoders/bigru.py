"""Text by a GRU from either end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.encoders.word_order import FrontAligned, StateAtLastWord


def bigru(
    vocabulary_size: int,
    embedding_dim: int = 64,
    units: int = 64,
    dropout: float = 0.0,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a text encoder of two GRUs, one from the first word to the last and one back.

    Gives exactly what `keras.layers.Bidirectional(keras.layers.GRU(units))` gives under a mask, but runs
    without one: the words are moved to the front (for the way back in reverse) and the state is read at the
    last of them.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        embedding_dim: width of a word vector.
        units: units of each GRU.
        dropout: share dropped of the word vectors and of the answer, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps ids (batch, length), 0 = padding, to (batch, 2 * units). Where the padding
        stands, and how much there is, makes no difference; without any word the answer is zeros.

    Example:
        >>> bigru(8000)(keras.Input((60,), dtype="int32")).shape
        (None, 128)

    Reference:
        Cho 2014, arXiv:1406.1078, section 2.3 (the GRU); Schuster 1997 (both directions).
    """
    align = FrontAligned(name=prefixed(name, "front_aligned"))
    align_backwards = FrontAligned(backwards=True, name=prefixed(name, "front_aligned_backwards"))
    embed = WordEmbedding(vocabulary_size, embedding_dim, name=prefixed(name, "embedding"))
    drop_words = keras.layers.Dropout(dropout, name=prefixed(name, "word_dropout")) if dropout else None
    forwards = keras.layers.GRU(units, return_sequences=True, name=prefixed(name, "gru_forwards"))
    backwards = keras.layers.GRU(units, return_sequences=True, name=prefixed(name, "gru_backwards"))
    last_word = StateAtLastWord(name=prefixed(name, "last_word"))
    first_word = StateAtLastWord(name=prefixed(name, "first_word"))
    join = keras.layers.Concatenate(name=prefixed(name, "states"))
    drop_states = keras.layers.Dropout(dropout, name=prefixed(name, "states_dropout")) if dropout else None

    def call(ids: Any) -> Any:
        ends = []
        for arrange, gru, read in ((align, forwards, last_word), (align_backwards, backwards, first_word)):
            words = arrange(ids)
            vectors = embed(words)
            if drop_words is not None:
                vectors = drop_words(vectors)
            ends.append(read(gru(vectors), words))
        states = join(ends)
        return states if drop_states is None else drop_states(states)

    return call
