"""A history by causal self-attention against its equations."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import self_attentive_history
from multimodal_zoo.encoders.self_attentive_history import BackAligned, NewestState
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from tests.encoders.transformer_equations import block_output, norm
from tests.random_weights import randomise


def test_it_is_causal_blocks_over_the_scaled_vectors_and_the_newest_state():
    inputs = keras.Input((6,), dtype="int32")
    embed = WordEmbedding(10, 4, name="table")
    encode = self_attentive_history(4, heads=2, layers=2, name="seen")
    model = randomise(keras.Model(inputs, encode(inputs, embed)), scale=0.5)
    histories = [[3, 1, 4, 1, 5, 9], [2, 6, 5], [8]]
    found = ops.convert_to_numpy(model(np.int32([one + [0] * (6 - len(one)) for one in histories])))
    places = ops.convert_to_numpy(model.get_layer("seen_places").place_vectors)
    table = ops.convert_to_numpy(embed.embeddings)
    for row, history in enumerate(histories):
        # The newest step always has the last place.
        vectors = table[history] * 2.0 + places[6 - len(history) :]
        for number in (1, 2):
            vectors = block_output(model.get_layer(f"seen_block_{number}"), vectors)
        np.testing.assert_allclose(found[row], norm(model.get_layer("seen_norm"), vectors)[-1], rtol=1e-4, atol=1e-4)


def test_ids_move_to_the_end_and_keep_their_order():
    found = BackAligned()(np.int32([[5, 0, 7, 0], [1, 2, 3, 4], [0, 0, 0, 0]]))
    assert ops.convert_to_numpy(found).tolist() == [[0, 0, 5, 7], [1, 2, 3, 4], [0, 0, 0, 0]]


def test_the_newest_state_of_nothing_is_zero():
    states = np.arange(12, dtype="float32").reshape(2, 3, 2)
    found = NewestState()(states, np.int32([[0, 0, 4], [0, 0, 0]]))
    assert ops.convert_to_numpy(found).tolist() == [[4, 5], [0, 0]]


def test_what_it_refuses():
    with pytest.raises(ValueError, match="dim=5, heads=2"):
        self_attentive_history(5, heads=2)
    with pytest.raises(ValueError, match="layers=0"):
        self_attentive_history(4, layers=0)
