"""The question at three levels against Lu 2016, section 3.2, in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import question_hierarchy
from multimodal_zoo.training.precision import precision
from tests.encoders.lstm_equations import lstm_states
from tests.gradients import weight_gradients
from tests.random_weights import randomise

LEVELS = ("word", "phrase", "question")
TEXTS = [[3, 1, 4, 1, 5], [2, 6], [7], []]
IDS = np.int32([text + [0] * (5 - len(text)) for text in TEXTS])
# The same texts with padding before and between their words.
ELSEWHERE = np.int32([[3, 1, 4, 1, 5], [0, 2, 0, 0, 6], [0, 0, 0, 0, 7], [0, 0, 0, 0, 0]])


def made(dropout=0.0):
    inputs = keras.Input((5,), dtype="int32")
    levels, words = question_hierarchy(10, dim=3, dropout=dropout, name="question")(inputs)
    return randomise(keras.Model(inputs, [*(levels[level] for level in LEVELS), words]))


@pytest.fixture(scope="module")
def model():
    return made()


def answer(model, ids):
    return [ops.convert_to_numpy(found) for found in model(np.int32(ids))]


def weights(model, name):
    return [ops.convert_to_numpy(weight).astype("float64") for weight in model.get_layer(f"question_{name}").weights]


def phrases_of(model, words):
    """max over s of tanh(W_s q + b_s): pairs begin with their word, threes have it in their middle."""
    around = np.pad(words, [[1, 1], [0, 0]])
    steps = range(len(words))
    seen = {
        1: [around[t + 1 : t + 2] for t in steps],
        2: [around[t + 1 : t + 3] for t in steps],
        3: [around[t : t + 3] for t in steps],
    }
    found = []
    for size, windows in seen.items():
        kernel, bias = weights(model, f"phrases_of_{size}")
        found.append([np.tanh(np.einsum("kw,kwf->f", window, kernel) + bias) for window in windows])
    return np.max(found, axis=0)


@pytest.mark.parametrize("ids", [IDS, ELSEWHERE])
def test_words_phrases_and_states(model, ids):
    *levels, places = answer(model, ids)
    np.testing.assert_array_equal(places, IDS)
    (table,) = weights(model, "embedding")
    for row, text in enumerate(TEXTS[:3]):
        words = table[text]
        phrases = phrases_of(model, words)
        states = lstm_states(model.get_layer("question_lstm"), phrases)
        for found, wanted in zip(levels, (words, phrases, states), strict=True):
            np.testing.assert_allclose(found[row, : len(text)], wanted, rtol=1e-5, atol=1e-5)


def test_every_weight_learns(model):
    words = ops.not_equal(IDS, 0)[:, :, None]

    def loss(found):
        return sum(ops.mean(ops.where(words, level - 0.3, 0.0) ** 2) for level in found[:3])

    for path, gradient in weight_gradients(model, ops.convert_to_tensor(IDS), loss=loss).items():
        assert gradient is not None and np.isfinite(gradient).all() and np.abs(gradient).max() > 0, path


def test_a_saved_model_gives_the_same_answers(model, tmp_path):
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for found, wanted in zip(answer(again, IDS), answer(model, IDS), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_mixed_precision_stays_close_to_float32(model):
    with precision("mixed_bfloat16"):
        mixed = made()
    for found, wanted in zip(mixed(IDS)[:3], answer(model, IDS)[:3], strict=True):
        assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
        there = np.repeat((IDS > 0)[:, :, None], 3, axis=2)
        found = ops.convert_to_numpy(ops.cast(found, "float32"))
        np.testing.assert_allclose(found[there], wanted[there], rtol=0.1, atol=0.1)


def test_word_dropout_is_for_training_alone():
    model = made(dropout=0.5)
    first, second = answer(model, IDS)[0], answer(model, IDS)[0]
    np.testing.assert_array_equal(first, second)
    assert (ops.convert_to_numpy(model(IDS, training=True)[0])[0] == 0).any()
