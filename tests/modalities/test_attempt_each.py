"""An operation that fails on some elements, held against the same operation on each element alone."""

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities.attempt_each import attempt_each


def inverses(words):
    """1 / x of numbers as text, twice, and their number of digits; what is no number fails."""
    return attempt_each(
        tf.constant(words, tf.string),
        lambda word: [tf.strings.to_number(word), word],
        works=b"7",
        finish=lambda number, word: (tf.stack([1.0 / number] * 2), tf.strings.length(word)),
        signature=(tf.TensorSpec((2,), tf.float32), tf.TensorSpec((), tf.int32)),
    )


def test_each_row_gets_its_own_and_the_failed_ones_get_zeros():
    worked, (inverse, digits) = inverses(["4", "", "four", "10", "x", "2"])
    assert worked.numpy().tolist() == [True, False, False, True, False, True]
    np.testing.assert_allclose(inverse[:, 0], [0.25, 0, 0, 0.1, 0, 0.5])
    np.testing.assert_array_equal(inverse[:, 0], inverse[:, 1])
    assert digits.numpy().tolist() == [1, 0, 0, 2, 0, 1]


def test_a_batch_in_which_nothing_works_and_one_of_nothing():
    worked, (inverse, _) = inverses(["", "x"])
    assert not worked.numpy().any() and not inverse.numpy().any()
    worked, (inverse, digits) = inverses([])
    assert worked.shape == (0,) and inverse.shape == (0, 2) and digits.shape == (0,)


def test_in_a_graph_of_unknown_batch_size_the_shapes_are_known():
    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string)])
    def graph(words):
        worked, (inverse, _) = attempt_each(
            words,
            lambda word: [tf.strings.to_number(word)],
            works=b"7",
            finish=lambda number: (tf.reshape(number, (1,)), number > 0),
            signature=(tf.TensorSpec((1,), tf.float32), tf.TensorSpec((), tf.bool)),
        )
        assert inverse.shape.as_list() == [None, 1]
        return worked, inverse

    worked, inverse = graph(tf.constant(["3", "?"] * 20))
    assert worked.numpy().tolist() == [True, False] * 20
    np.testing.assert_array_equal(inverse[:, 0], [3, 0] * 20)


def test_what_nobody_uses_of_the_results_must_be_computable_all_the_same():
    worked, nothing = attempt_each(
        tf.constant(["1", "x"]), lambda word: [tf.strings.to_number(word)], b"1", lambda number: (), ()
    )
    assert worked.numpy().tolist() == [True, False] and nothing == ()


def test_without_a_finish_the_attempts_are_what_comes_out():
    def halves(words):
        return attempt_each(
            tf.constant(words, tf.string),
            lambda word: [tf.strings.to_number(word) * [0.5, -0.5], tf.strings.length(word)],
            works=b"7",
            finish=None,
            signature=(tf.TensorSpec((2,), tf.float32), tf.TensorSpec((), tf.int32)),
        )

    for words in (["4", "", "four", "10"], ["4", "10"], ["10"], ["x"], [""], []):
        worked, (half, digits) = halves(words)
        expected = [float(word) / 2 if word.isdigit() else 0.0 for word in words]
        assert worked.numpy().tolist() == [value > 0 for value in expected]
        np.testing.assert_array_equal(half, np.reshape([[value, -value] for value in expected], (-1, 2)))
        assert digits.numpy().tolist() == [len(word) * word.isdigit() for word in words]
