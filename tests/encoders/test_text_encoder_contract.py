"""What every text encoder promises: padding makes no difference, all of it learns and is saved."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo.encoders import (
    bag_of_words_highway,
    bigru,
    lstm_text,
    lstnet_text,
    mean_of_words,
    self_attentive_history,
    text_cnn,
    transformer,
)
from multimodal_zoo.encoders.word_embedding import WordEmbedding
from multimodal_zoo.training.precision import precision
from tests.gradients import weight_gradients
from tests.random_weights import randomise

LENGTH = 9


def of_history():
    """A history beside the table in which its ids are looked up."""
    embed = WordEmbedding(20, 4, name="text_embedding")
    encode = self_attentive_history(4, heads=2, layers=2, dropout=0.2, name="text")
    return lambda ids: encode(ids, embed)


ENCODERS = {
    "lstnet_text": lambda: lstnet_text(
        20, embedding_dim=4, filters=4, kernel=3, units=3, skip=4, skip_units=2, dropout=0.2, name="text"
    ),
    "text_cnn": lambda: text_cnn(20, embedding_dim=4, filters=3, kernels=(2, 3), dropout=0.2, name="text"),
    "bigru": lambda: bigru(20, embedding_dim=4, units=3, dropout=0.2, name="text"),
    "lstm_text": lambda: lstm_text(20, embedding_dim=4, units=3, dropout=0.2, name="text"),
    "mean_of_words": lambda: mean_of_words(20, embedding_dim=4, name="text"),
    "transformer": lambda: transformer(
        20, dim=4, heads=2, layers=1, feed_forward=6, positions="learned", dropout=0.2, name="text"
    ),
    "self_attentive_history": of_history,
    "bag_of_words_highway": lambda: bag_of_words_highway(20, 3, name="text"),
}
WIDTHS = {
    "lstnet_text": 14,
    "text_cnn": 6,
    "bigru": 6,
    "lstm_text": 3,
    "mean_of_words": 4,
    "transformer": 4,
    "self_attentive_history": 4,
    "bag_of_words_highway": 3,
}


def made(name, length=LENGTH):
    inputs = keras.Input((length,), dtype="int32")
    return randomise(keras.Model(inputs, ENCODERS[name]()(inputs)))


@pytest.fixture(scope="module", params=sorted(ENCODERS))
def named(request):
    return request.param, made(request.param)


def answer(model, ids):
    return ops.convert_to_numpy(model(np.int32(ids)))


PLACES = st.lists(st.booleans(), min_size=LENGTH, max_size=LENGTH)


# Many texts an example, few examples: a call costs much more than a row.
@settings(max_examples=3, deadline=None)
@given(places=st.lists(PLACES, min_size=8, max_size=8), seed=st.integers(0, 2**16))
def test_where_the_padding_stands_makes_no_difference(named, places, seed):
    _, model = named
    between = np.random.default_rng(seed).integers(1, 20, size=(8, LENGTH)) * np.array(places)
    behind = np.stack([np.pad(row[row > 0], (0, (row == 0).sum())) for row in between])
    found = answer(model, np.concatenate([between, behind]))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[:8], found[8:], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", sorted(set(ENCODERS) - {"transformer", "self_attentive_history"}))
def test_how_much_padding_there_is_makes_no_difference(name):
    short, long = made(name), made(name, length=17)
    long.set_weights(short.get_weights())
    texts = np.random.default_rng(0).integers(1, 20, size=(4, LENGTH))
    texts[1, 5:] = 0
    texts[2, 1:] = 0
    texts[3] = 0
    np.testing.assert_allclose(
        answer(long, np.pad(texts, [[0, 0], [0, 8]])), answer(short, texts), rtol=1e-5, atol=1e-6
    )


def test_without_a_word_the_answer_is_zero(named):
    name, model = named
    np.testing.assert_array_equal(answer(model, np.zeros((2, LENGTH))), np.zeros((2, WIDTHS[name])))


@settings(max_examples=3, deadline=None)
@given(order=st.permutations(range(5)))
def test_rows_of_a_batch_do_not_know_each_other(named, order):
    _, model = named
    ids = np.random.default_rng(0).integers(0, 20, size=(5, LENGTH))
    whole = answer(model, ids)
    np.testing.assert_allclose(answer(model, ids[list(order)]), whole[list(order)], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(answer(model, ids[:1]), whole[:1], rtol=1e-5, atol=1e-6)


def test_every_weight_learns_and_absent_texts_do_no_harm(named):
    _, model = named
    ids = np.random.default_rng(0).integers(1, 20, size=(8, LENGTH)).astype("int32")
    ids[6], ids[7] = 0, 0
    target = np.random.default_rng(1).normal(size=answer(model, ids).shape).astype("float32")
    ids = ops.convert_to_tensor(ids)
    gradients = weight_gradients(model, ids, loss=lambda found: ops.mean((found - target) ** 2))
    for path, gradient in gradients.items():
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0, path


def test_gradients_are_finite_where_every_text_is_absent(named):
    _, model = named
    gradients = weight_gradients(
        model, ops.zeros((3, LENGTH), dtype="int32"), loss=lambda found: ops.sum((found - 1) ** 2)
    )
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())


def test_a_saved_model_gives_the_same_answers(named, tmp_path):
    _, model = named
    ids = np.random.default_rng(0).integers(0, 20, size=(5, LENGTH))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(answer(again, ids), answer(model, ids))


def test_mixed_precision_stays_close_to_float32(named):
    name, model = named
    with precision("mixed_bfloat16"):
        mixed = made(name)
    ids = np.random.default_rng(0).integers(0, 20, size=(5, LENGTH))
    ids[0] = 0
    mixed_answer = mixed(np.int32(ids))
    assert keras.backend.standardize_dtype(mixed_answer.dtype) == "bfloat16"
    found = ops.convert_to_numpy(ops.cast(mixed_answer, "float32"))
    np.testing.assert_allclose(found, answer(model, ids), rtol=0.05, atol=0.08)
    np.testing.assert_array_equal(found[0], np.zeros(WIDTHS[name]))


def test_the_layers_carry_the_name_of_the_encoder(named):
    _, model = named
    assert all(layer.name.startswith("text") for layer in model.layers[1:])


@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_an_encoder_called_twice_shares_its_weights(name):
    encode = ENCODERS[name]()
    first, second = (keras.Input((LENGTH,), dtype="int32") for _ in range(2))
    once = keras.Model(first, encode(first))
    twice = keras.Model([first, second], [encode(first), encode(second)])
    assert len(twice.trainable_variables) == len(once.trainable_variables)
