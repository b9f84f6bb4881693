import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import Categorical, IdSequence, Modality, MultiCategorical, Numeric


def test_an_id_never_seen_is_unknown_and_an_empty_one_absent():
    user = Categorical(10).adapt(["ann", "bob", "ann", "", None])
    decoded = user.decode(tf.constant(["ann", "bob", "eve", ""]))
    assert decoded.tensor.numpy().ravel().tolist() == [2, 3, 1, 0]
    assert decoded.present.numpy().tolist() == [True, True, True, False]


def test_integers_are_ids_as_well():
    user = Categorical(10).adapt([7, 7, 8])
    assert user.vocabulary == ("7", "8") and user.encode(7) == "7"


def test_a_split_without_any_id_leaves_an_empty_vocabulary():
    user = Categorical(10).adapt(["", ""])
    assert user.decode(tf.constant(["a", ""])).tensor.numpy().ravel().tolist() == [1, 0]


def test_sets_of_ids_keep_the_first_and_histories_the_newest():
    rows = tf.constant([["a", "b", "c"], ["", "c", ""], ["", "", ""]])
    tags = MultiCategorical(10, 2).adapt([["a", "b"], ["a", "c"], ["a", "b"]])
    assert tags.decode(rows).tensor.numpy().tolist() == [[2, 3], [4, 0], [0, 0]]
    seen = IdSequence(10, 2).adapt([["a", "b"], ["a", "c"], ["a", "b"]])
    assert seen.decode(rows).tensor.numpy().tolist() == [[3, 4], [4, 0], [0, 0]]
    assert seen.decode(rows).present.numpy().tolist() == [True, True, False]


def test_a_single_id_stands_for_a_list_of_one():
    assert MultiCategorical(10, 2).encode("a") == ["a"] and MultiCategorical(10, 2).encode(None) == []


def test_id_drop_teaches_the_unknown_row():
    user = Categorical(10, id_drop=0.25)
    dropped = user.augment(tf.fill((4000, 1), 5), tf.constant([0, 0], tf.int64)).numpy()
    assert 0.22 < (dropped == 1).mean() < 0.28 and set(np.unique(dropped)) == {1, 5}


def test_numbers_are_standardised_and_what_is_not_finite_takes_the_mean():
    pair = Numeric(2).adapt([[0.0, 10.0], [2.0, 30.0], [np.nan, 20.0]])
    assert pair.mean == (1.0, 20.0)
    decoded = pair.decode(tf.constant([[2.0, 20.0], [np.nan, 30.0], [np.nan, np.nan], [np.inf, 20.0]]))
    np.testing.assert_allclose(decoded.tensor.numpy(), [[1, 0], [0, 10 / np.sqrt(200 / 3)], [0, 0], [0, 0]], atol=1e-6)
    assert decoded.present.numpy().tolist() == [True, True, False, True]


def test_a_constant_column_does_not_divide_by_zero():
    one = Numeric().adapt([3.0, 3.0])
    assert one.decode(tf.constant([[3.0], [4.0]])).tensor.numpy().ravel().tolist() == [0.0, 1.0]


def test_numeric_errors():
    with pytest.raises(ValueError, match=r"expected 2 number\(s\), got 3"):
        Numeric(2).encode([1, 2, 3])
    with pytest.raises(ValueError, match="got 'abc'"):
        Numeric().encode("abc")
    with pytest.raises(ValueError, match="without a single finite number"):
        Numeric().adapt([None, float("nan")])
    with pytest.raises(ValueError, match="no mean and variance yet"):
        Numeric().decode(tf.constant([[1.0]]))


def test_numbers_near_the_largest_are_moved_to_the_limit():
    number = Numeric(limit=50.0).adapt([-1.0, 1.0])
    raw = tf.constant([[3.4e38], [-3.4e38], [49.0], [float("inf")]])
    assert number.decode(raw).tensor.numpy().ravel().tolist() == [50.0, -50.0, 49.0, 0.0]
    tiny = Numeric().adapt([0.0, 1e-5]).decode(tf.constant([[3.4e38]]))
    assert tiny.tensor.numpy().tolist() == [[1000.0]]


def test_a_history_takes_over_the_ids_of_the_modality_it_names():
    fitted = {
        "item": Categorical(10).adapt(["c", "c", "c", "b", "b", "a"]),
        "seen": IdSequence(10, 3, ids_of="item").adapt([]),
    }
    seen = fitted["seen"].agree_with(fitted)
    assert seen.decode(tf.constant([["a", "b", "c"]])).tensor.numpy().tolist() == [[4, 3, 2]]
    assert fitted["item"].agree_with(fitted) is fitted["item"]
    alone = IdSequence(10, 3)
    assert alone.agree_with(fitted) is alone
    assert Modality.from_config(seen.to_config(), seen.learned_state()) == seen


@pytest.mark.parametrize("others", [{}, {"item": Categorical(11).adapt(["a"])}, {"item": Numeric().adapt([1.0])}])
def test_a_history_without_the_modality_it_names_is_an_error(others):
    with pytest.raises(ValueError, match="ids_of='item'.*vocabulary_size=10"):
        IdSequence(10, 3, ids_of="item").adapt([["a"]]).agree_with(others)
