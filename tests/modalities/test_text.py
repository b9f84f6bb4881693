import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from multimodal_zoo.modalities import Text

FITTED = Text(vocabulary_size=100, length=5).adapt(["Clear lungs.", "Lungs clear, heart large", "lungs"])


def ids(text, modality=FITTED):
    return modality.decode(tf.constant([text])).tensor.numpy()[0].tolist()


def test_vocabulary_is_by_frequency_then_alphabet():
    assert FITTED.vocabulary == ("lungs", "clear", "heart", "large")


def test_words_become_ids_with_one_for_the_unknown_and_zero_for_padding():
    assert ids("LUNGS; unseen heart!") == [2, 1, 4, 0, 0]
    assert ids("lungs " * 9) == [2] * 5


def test_every_script_is_read_and_apostrophes_vanish():
    text = Text(100, 5).adapt(["Привет, МИР", "don't", "naïve café", "हिन्दी"])
    assert set(text.vocabulary) == {"привет", "мир", "dont", "naïve", "café", "हिन्दी"}


def test_a_text_without_any_word_is_absent():
    decoded = FITTED.decode(tf.constant(["", "  \n", "?!", "lungs"]))
    assert decoded.present.numpy().tolist() == decoded.given.numpy().tolist() == [False, False, False, True]
    assert not decoded.tensor[:3].numpy().any()


@given(st.binary(max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_bytes_raise(raw):
    tensor = FITTED.decode(tf.constant([raw])).tensor.numpy()
    assert tensor.shape == (1, 5) and tensor.min() >= 0 and tensor.max() < 100


def test_the_vocabulary_keeps_to_its_size():
    text = Text(vocabulary_size=4, length=3).adapt(["a a a b b c"])
    assert text.vocabulary == ("a", "b")
    assert ids("a b c", text) == [2, 3, 1]


def test_unfitted_says_what_to_do():
    with pytest.raises(ValueError, match=r"text = text.adapt\(values\)"):
        Text().decode(tf.constant(["x"]))


def test_adapt_leaves_the_old_one_as_it_was():
    text = Text(10, 3)
    assert text.adapt(["a"]).vocabulary == ("a",) and text.vocabulary is None


def test_word_drop_turns_only_known_words_into_unknown():
    text = dataclasses.replace(FITTED, word_drop=0.5)
    batch = tf.constant([[2, 3, 4, 1, 0]] * 400)
    dropped = text.augment(batch, tf.constant([1, 1], tf.int64)).numpy()
    share = (dropped[:, :3] == 1).mean()
    assert 0.42 < share < 0.58
    assert np.array_equal(dropped[:, 3:], batch.numpy()[:, 3:])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"vocabulary_size": 2}, "has to be > 2"),
        ({"length": 0}, "length has to be greater"),
        ({"word_drop": -0.1}, "share"),
        ({"vocabulary_size": 3, "vocabulary": ("a", "b")}, "use vocabulary_size=4"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(ValueError, match="Text") as error:
        Text(**arguments)
    assert words in str(error.value)
