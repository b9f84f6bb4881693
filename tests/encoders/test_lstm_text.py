"""The LSTM encoder against its recurrence in NumPy."""

import keras
import numpy as np
from keras import ops

from multimodal_zoo.encoders import lstm_text
from tests.encoders.lstm_equations import lstm_states
from tests.random_weights import randomise

IDS = np.int32([[3, 1, 4, 1, 5], [3, 1, 4, 0, 0], [0, 3, 0, 1, 4], [7, 0, 0, 0, 0], [0, 0, 0, 0, 0]])


def test_it_is_the_state_at_the_last_word():
    inputs = keras.Input((5,), dtype="int32")
    model = randomise(keras.Model(inputs, lstm_text(10, embedding_dim=3, units=4, name="question")(inputs)))
    table = ops.convert_to_numpy(model.get_layer("question_embedding").embeddings)
    found = ops.convert_to_numpy(model(IDS))
    for row, ids in enumerate(IDS[:4]):
        wanted = lstm_states(model.get_layer("question_lstm"), table[ids[ids > 0]])[-1]
        np.testing.assert_allclose(found[row], wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found[4], np.zeros(4))
