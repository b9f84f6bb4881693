"""A sentence about an image, word by word, each after another look at its regions."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

# Word numbers: what ends a caption, is before its first word and fills up shorter ones; and any word that is not known.
END, UNKNOWN = 0, 1
LAYER = "captions"
# What is added to the logit of a word that is never said.
NEVER = -1e30


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class CaptionDecoder(keras.Layer):
    """Writes captions: a GRU that looks at the regions of an image anew before every word.

    With the word before y, the state h and the regions a_i:

        e_i = v . tanh(W_a a_i + W_h h);   z = sigmoid(g . h + b) * sum_i softmax(e)_i a_i
        h' = GRU([E y, z], h);             p = softmax(L (E y + L_h h' + L_z z))

    Called with regions (batch, regions, width), the first state (batch, units) and whether there is an image
    (batch, 1), 0 where not, or None, it goes on from its own most probable words and returns float32 probabilities
    (batch, length, words), under any dtype policy. What they say behind the first end has no meaning.

    Called with `words`, too, (batch, captions, length) the words before each place, and `own` of the same shape, not 0
    where it is to go on from the word that it says itself, it returns (batch, captions, length, words).

    The word number 0 is the end, and what stands before the first word; 1 is any word that is not known, and is never
    said. Where there is no image, the end is certain.

    Args:
        num_words: words, the end and the unknown word among them, at least 3.
        length: most words of a caption, positive.
        embedding_dim: width of a word vector, positive.
        dropout: share dropped of what a word is chosen by, the same at all places of a caption, in [0, 1).
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if a number is out of its range.

    Example:
        >>> probabilities = CaptionDecoder(1000, 16, name="captions")(regions, joint, presence)

    Reference:
        Xu et al. 2015, arXiv:1502.03044, sections 3.1.2 and 4.2, equation 7; its LSTM is a GRU here. The same dropout
        at all places: Gal and Ghahramani 2016, arXiv:1512.05287.
    """

    def __init__(self, num_words: int, length: int, embedding_dim: int = 64, dropout: float = 0.0, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})
        if num_words < 3:
            raise ValueError(
                f"Captions need the end, the unknown and at least one word; received {num_words!r} in all."
            )
        if length < 1 or embedding_dim < 1:
            raise ValueError(
                f"length and embedding_dim are positive; received length={length!r}, embedding_dim={embedding_dim!r}."
            )
        self.num_words, self.length = int(num_words), int(length)
        self.embedding_dim, self.dropout = int(embedding_dim), float(dropout)
        own = {"dtype": self.dtype_policy}
        self.word_vectors = keras.layers.Embedding(self.num_words, self.embedding_dim, **own, name="word_vectors")
        self.score = keras.layers.Dense(1, use_bias=False, **own, name="score")
        self.gate = keras.layers.Dense(1, activation="sigmoid", **own, name="gate")
        self.from_state = keras.layers.Dense(self.embedding_dim, **own, name="from_state")
        self.from_seen = keras.layers.Dense(self.embedding_dim, use_bias=False, **own, name="from_seen")
        self.to_words = keras.layers.Dense(self.num_words, **own, name="to_words")
        self.drop = keras.layers.Dropout(self.dropout, **own, name="drop")

    def build(
        self,
        regions_shape: tuple,
        joint_shape: tuple,
        there_shape: tuple | None = None,
        words_shape: tuple | None = None,
        own_shape: tuple | None = None,
    ) -> None:
        width, units = regions_shape[-1], joint_shape[-1]
        self.key = keras.layers.Dense(units, dtype=self.dtype_policy, name="key")
        self.query = keras.layers.Dense(units, use_bias=False, dtype=self.dtype_policy, name="query")
        self.cell = keras.layers.GRUCell(units, dtype=self.dtype_policy, name="cell")
        self.word_vectors.build()
        self.key.build(regions_shape)
        self.cell.build((None, self.embedding_dim + width))
        for layer in (self.query, self.gate, self.from_state):
            layer.build((None, units))
        self.score.build((None, None, units))
        self.from_seen.build((None, width))
        self.to_words.build((None, self.embedding_dim))

    def call(
        self, regions: Any, joint: Any, there: Any = None, words: Any = None, own: Any = None, training: bool = False
    ) -> Any:
        captions = 1 if words is None else ops.shape(words)[1]
        memory, state = self.remembered(regions, joint, there, captions)
        none_yet = ops.zeros_like(state[:, 0], dtype="int32")
        shape: tuple[Any, ...] = (-1, self.length)
        if words is None:
            words = ops.repeat(ops.expand_dims(none_yet, 1), self.length, axis=1)
            own, shape = ops.ones_like(words), (*shape, self.num_words)
        else:
            words, own = ops.reshape(ops.cast(words, "int32"), shape), ops.reshape(own, shape)
            shape = (-1, captions, self.length, self.num_words)
        kept = self.drop(ops.ones_like(self.word_vectors(none_yet)), training=training)

        def next_word(before: tuple[Any, Any], given: tuple[Any, Any]) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
            state, said = before
            word, goes_on_alone = given
            word = ops.where(ops.not_equal(goes_on_alone, 0), ops.cast(ops.argmax(said, axis=-1), "int32"), word)
            said, state = self.step(word, state, memory, kept)
            return (state, said), (state, said)

        start = (state, ops.one_hot(none_yet, self.num_words, dtype=state.dtype))
        _, (_, probabilities) = ops.scan(next_word, start, (ops.transpose(words), ops.transpose(own)))
        return ops.reshape(ops.transpose(probabilities, (1, 0, 2)), shape)

    def remembered(self, regions: Any, joint: Any, there: Any, times: Any) -> tuple[tuple[Any, ...], Any]:
        """What every step looks at, and the first state, each row so many times in a row."""
        there = ops.ones_like(joint[:, :1]) if there is None else there
        parts = (regions, self.key(regions), there, joint)
        # The repetition forgets the widths.
        *memory, state = (ops.reshape(ops.repeat(one, times, axis=0), (-1, *one.shape[1:])) for one in parts)
        return tuple(memory), state

    def step(self, word: Any, state: Any, memory: tuple[Any, ...], kept: Any = 1.0) -> tuple[Any, Any]:
        """One word further.

        Args:
            word: (rows,) the word before.
            state: (rows, units).
            memory: as `remembered` gives it.
            kept: what the dropout leaves of each channel, (rows, embedding_dim).

        Returns:
            Probabilities (rows, words) of the next word, and the next state.
        """
        regions, _, there = memory
        seen = self.gate(state) * ops.sum(self.looked_at(state, memory) * regions, axis=1)
        vector = self.word_vectors(word)
        state, _ = self.cell(ops.concatenate([vector, seen], axis=-1), state)
        logits = self.to_words((vector + self.from_state(state) + self.from_seen(seen)) * kept)
        numbers = ops.arange(self.num_words)
        probabilities = ops.softmax(ops.where(ops.equal(numbers, UNKNOWN), NEVER, logits), axis=-1)
        ended = ops.cast(ops.equal(numbers, END), probabilities.dtype)
        return ops.where(ops.not_equal(there, 0), probabilities, ended), state

    def looked_at(self, state: Any, memory: tuple[Any, ...]) -> Any:
        """How much each region counts for the next word, (rows, regions, 1)."""
        _, keys, _ = memory
        return ops.softmax(self.score(ops.tanh(keys + ops.expand_dims(self.query(state), 1))), axis=1)

    def attention_weights(
        self, regions: Any, joint: Any, there: Any = None, words: Any = None, own: Any = None, training: bool = False
    ) -> Any:
        """How much each region counted for each word that it writes by itself, (batch, length, regions).

        Called as the layer; words that are given are not looked at.
        """
        memory, state = self.remembered(regions, joint, there, 1)
        word, maps = ops.zeros_like(state[:, 0], dtype="int32"), []
        for _ in range(self.length):
            maps.append(ops.squeeze(self.looked_at(state, memory), -1))
            said, state = self.step(word, state, memory)
            word = ops.cast(ops.argmax(said, axis=-1), "int32")
        return ops.stack(maps, axis=1)

    def compute_output_shape(
        self,
        regions_shape: tuple,
        joint_shape: tuple,
        there_shape: tuple | None = None,
        words_shape: tuple | None = None,
        own_shape: tuple | None = None,
    ) -> tuple:
        captions = () if words_shape is None else (words_shape[1],)
        return (regions_shape[0], *captions, self.length, self.num_words)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_words": self.num_words,
            "length": self.length,
            "embedding_dim": self.embedding_dim,
            "dropout": self.dropout,
        }


def decoder_of(model: keras.Model) -> tuple[keras.Model, CaptionDecoder]:
    """The two parts of a network that writes captions.

    Args:
        model: has a layer `captions`, a `CaptionDecoder`.

    Returns:
        The network from its inputs to what the decoder is called with, a list, and the decoder.

    Example:
        >>> look, decoder = decoder_of(model)
        >>> probabilities = decoder(*look(inputs))
    """
    decoder = model.get_layer(LAYER)
    return keras.Model(model.input, list(decoder.input), name=f"{model.name}_look"), decoder
