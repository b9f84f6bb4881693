import keras
import numpy as np
import pytest

from multimodal_zoo.metrics import MatchingRecall, retrieval_metrics

GROUPS = np.array([0, 1, 1, 2, 3, 4, 5, 6])


def vectors(seed=0):
    return np.random.default_rng(seed).normal(size=(8, 3, 4)).astype("float32")


def value(metric, *batches):
    for groups, given in batches:
        metric.update_state(groups, given)
    return float(metric.result())


def expected(groups, given, k):
    figures = retrieval_metrics(given[:, 0], given[:, 1], groups, groups, ks=(k,))
    return np.mean([one[f"recall_at_{k}"] for one in figures.values()])


@pytest.mark.parametrize("k", [1, 3, 8])
def test_of_a_batch_it_is_the_mean_of_both_ways(k):
    assert value(MatchingRecall(k), (GROUPS[:, None], vectors())) == pytest.approx(expected(GROUPS, vectors(), k))


def test_of_several_batches_it_is_the_mean_over_the_records():
    parts = [(GROUPS, vectors(0)), (GROUPS[:4], vectors(1)[:4])]
    wanted = (8 * expected(*parts[0], 2) + 4 * expected(*parts[1], 2)) / 12
    assert value(MatchingRecall(2), *parts) == pytest.approx(wanted)


def test_a_record_that_lacks_a_side_is_as_one_that_is_not_there():
    given = vectors()
    given[2, 0], given[6, 1] = 0, 0
    left = [0, 1, 3, 4, 5, 7]
    assert value(MatchingRecall(2), (GROUPS, given)) == pytest.approx(expected(GROUPS[left], given[left], 2))


def test_what_collapsed_finds_nothing():
    assert value(MatchingRecall(3), (GROUPS, np.ones((8, 2, 4), "float32"))) == 0


def test_it_is_named_and_stored_with_its_cut_off():
    again = keras.metrics.deserialize(keras.metrics.serialize(MatchingRecall(5)))
    assert again.name == "recall_at_5" and again.k == 5
    with pytest.raises(ValueError, match="1 or more"):
        MatchingRecall(0)
