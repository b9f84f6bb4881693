"""Text in the manner of LSTNet: convolution, GRU, skip-GRU and temporal attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed
from multimodal_zoo.encoders.masked_softmax import masked_softmax
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.encoders.word_order import FrontAligned, StateAtLastWord, word_counts


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class SkipGRU(keras.Layer):
    """A GRU whose state goes from each step to the `skip`-th after it, read at the last `skip` words.

    h_t = GRU(x_t, h_(t - skip)), with h = 0 before the first word; the answer is
    [h_n; h_(n-1); ...; h_(n-skip+1)], n being the last word of the row; those before the first are zeros.

    Step t belongs to chain t mod `skip`; the chains run as one plain GRU over
    (batch * skip, ceil(length / skip)), so it takes length / skip steps instead of length. The words must
    stand at the front, where padding behind them cannot reach a state that is read.

    Args:
        units: width of the state.
        skip: how far the state jumps, at least 1.
        **kwargs: arguments of `keras.Layer`.

    Example:
        >>> SkipGRU(16, skip=4)(features, ids)    # (batch, length, width), (batch, length) -> (batch, 4 * 16)

    Reference:
        Lai 2018, arXiv:1703.07015, equations 4 and 5.
    """

    def __init__(self, units: int, skip: int, **kwargs: Any):
        super().__init__(**kwargs)
        if units < 1 or skip < 1:
            raise ValueError(f"units and skip must be positive; received units={units!r}, skip={skip!r}.")
        self.units = int(units)
        self.skip = int(skip)
        self.gru = keras.layers.GRU(self.units, return_sequences=True, dtype=self.dtype_policy, name="gru")

    def build(self, features_shape: tuple, ids_shape: tuple) -> None:
        self.gru.build((None, None, features_shape[-1]))

    def call(self, features: Any, ids: Any) -> Any:
        length, width = features.shape[1], features.shape[2]
        if length is None:
            raise ValueError("SkipGRU needs texts of a fixed length; received features of unknown length.")
        steps = -(-length // self.skip)
        features = ops.pad(features, [[0, 0], [0, steps * self.skip - length], [0, 0]])
        chains = ops.transpose(ops.reshape(features, (-1, steps, self.skip, width)), (0, 2, 1, 3))
        states = self.gru(ops.reshape(chains, (-1, steps, width)))
        states = ops.reshape(states, (-1, self.skip * steps, self.units))

        # Of the places n - 1, n - 2, ... of the last words, place p is step p // skip of chain p % skip.
        places = ops.expand_dims(word_counts(ids) - 1, 1) - ops.expand_dims(ops.arange(self.skip), 0)
        there = places >= 0
        places = ops.maximum(places, 0)
        index = ops.mod(places, self.skip) * steps + ops.floor_divide(places, self.skip)
        last = ops.take_along_axis(states, ops.expand_dims(index, -1), axis=1)
        last = ops.where(ops.expand_dims(there, -1), last, ops.zeros_like(last))
        return ops.reshape(last, (-1, self.skip * self.units))

    def compute_output_shape(self, features_shape: tuple, ids_shape: tuple) -> tuple:
        return (features_shape[0], self.skip * self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "skip": self.skip}


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class TemporalAttention(keras.Layer):
    """Averages the states of a text by how well each fits the last.

    a_t = softmax_t(h_t W q / sqrt(units)), c = sum_t a_t h_t.

    Called with states (batch, length, units), the query q (batch, units) and ids (batch, length), returns
    (batch, units); zeros where a row has no word.

    Example:
        >>> TemporalAttention()(states, query=last, ids=ids)

    Reference:
        Lai 2018, arXiv:1703.07015, section 3.5 (LSTNet-Attn), with the score of Luong 2015, arXiv:1508.04025,
        section 3.1 (general), scaled.
    """

    def build(self, states_shape: tuple, query_shape: tuple, ids_shape: tuple) -> None:
        units = states_shape[-1]
        self.score_weights = self.add_weight(shape=(units, units), initializer="glorot_uniform", name="score_weights")

    def call(self, states: Any, query: Any, ids: Any) -> Any:
        weights = ops.cast(self.attention_weights(states, query, ids), states.dtype)
        return ops.squeeze(ops.matmul(ops.expand_dims(weights, 1), states), 1)

    def attention_weights(self, states: Any, query: Any, ids: Any) -> Any:
        """How much each word counts, float32 (batch, length); called as the layer itself."""
        wanted = ops.matmul(query, ops.transpose(self.score_weights))
        scores = ops.squeeze(ops.matmul(states, ops.expand_dims(wanted, -1)), -1) / states.shape[-1] ** 0.5
        return masked_softmax(scores, ops.not_equal(ids, 0))

    def compute_output_shape(self, states_shape: tuple, query_shape: tuple, ids_shape: tuple) -> tuple:
        return tuple(query_shape)


def lstnet_text(
    vocabulary_size: int,
    embedding_dim: int = 64,
    filters: int = 64,
    kernel: int = 5,
    units: int = 64,
    skip: int = 4,
    skip_units: int = 16,
    dropout: float = 0.0,
    name: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a text encoder with the layers of LSTNet, words in place of time steps.

    Embedding, convolution over `kernel` words with ReLU, then side by side: the temporal attention over the
    states of a GRU, its state at the last word, and the last `skip` states of a skip-GRU; concatenated.
    LSTNet's autoregressive highway is `bag_of_words_highway`.

    Departs from the paper: tanh instead of ReLU for the candidate state (as the authors' own code does); the
    convolution is centred on its word; skip-GRU and attention together, of which the paper takes one each.

    Args:
        vocabulary_size: number of word ids, 0 (padding) and 1 (unknown) included.
        embedding_dim: width of a word vector.
        filters: channels of the convolution.
        kernel: words that the convolution sees at once.
        units: units of the GRU.
        skip: how many words the skip-GRU jumps; 0 leaves it out.
        skip_units: units of the skip-GRU.
        dropout: share dropped after the convolution and of the answer, 0 to 1.
        name: prefix of the layers' names.

    Returns:
        A callable that maps ids (batch, length), 0 = padding, to (batch, 2 * units + skip * skip_units).
        Where the padding stands, and how much there is, makes no difference; without any word the answer is
        zeros.

    Raises:
        ValueError: if a size is not positive.

    Example:
        >>> lstnet_text(8000)(keras.Input((160,), dtype="int32")).shape
        (None, 192)

    Reference:
        Lai 2018, arXiv:1703.07015, sections 3.2 to 3.5.
    """
    align = FrontAligned(name=prefixed(name, "front_aligned"))
    embed = WordEmbedding(vocabulary_size, embedding_dim, name=prefixed(name, "embedding"))
    convolve = keras.layers.Conv1D(
        filters, kernel, padding="same", activation="relu", name=prefixed(name, "convolution")
    )
    gru = keras.layers.GRU(units, return_sequences=True, name=prefixed(name, "gru"))
    last_word = StateAtLastWord(name=prefixed(name, "last_word"))
    attend = TemporalAttention(name=prefixed(name, "attention"))
    skip_gru = SkipGRU(skip_units, skip, name=prefixed(name, "skip_gru")) if skip else None
    join = keras.layers.Concatenate(name=prefixed(name, "states"))
    drop_features = keras.layers.Dropout(dropout, name=prefixed(name, "dropout")) if dropout else None
    drop_states = keras.layers.Dropout(dropout, name=prefixed(name, "states_dropout")) if dropout else None

    def call(ids: Any) -> Any:
        ids = align(ids)
        features = convolve(embed(ids))
        if drop_features is not None:
            features = drop_features(features)
        states = gru(features)
        last = last_word(states, ids)
        parts = [attend(states, query=last, ids=ids), last]
        if skip_gru is not None:
            parts.append(skip_gru(features, ids))
        joined = join(parts)
        return joined if drop_states is None else drop_states(joined)

    return call
