import numpy as np
import pytest

from multimodal_zoo.objectives import AllPairsInfoNCE, ClipLoss


@pytest.mark.parametrize("groups", [np.arange(5), np.array([0, 1, 0, 2, 1])])
def test_it_is_the_formula_pair_by_pair(groups):
    scores, t = np.random.default_rng(0).normal(size=(5, 5)), 0.3
    everything = sum(np.exp(scores[k, m] / t) for k in range(5) for m in range(5))
    pairs = [(i, j) for i in range(5) for j in range(5) if groups[i] == groups[j]]
    expected = -np.mean([np.log(np.exp(scores[i, j] / t) / everything) for i, j in pairs])
    assert float(AllPairsInfoNCE(temperature=t)(groups, scores)) == pytest.approx(expected, rel=1e-5)


def test_it_is_not_the_row_wise_loss():
    """A constant added to one row alone: the row-wise softmax of that row does not see it, this one does."""
    scores = np.random.default_rng(1).normal(size=(4, 4))
    shifted = scores + np.array([[5.0], [0], [0], [0]])
    pairs = np.eye(4)
    both = [AllPairsInfoNCE(1.0)(pairs, one) for one in (scores, shifted)]
    assert abs(float(both[0]) - float(both[1])) > 0.5
    assert float(ClipLoss()(pairs, scores)) != pytest.approx(float(both[0]))


def test_the_bound_is_the_log_of_the_number_of_positive_pairs():
    scores = np.where(np.eye(6) == 1, 50.0, -50.0)
    assert float(AllPairsInfoNCE(1.0)(np.arange(6), scores)) == pytest.approx(np.log(6), rel=1e-6)


def test_equal_scores_give_the_log_of_the_number_of_pairs():
    assert float(AllPairsInfoNCE(0.07)(np.arange(6), np.zeros((6, 6)))) == pytest.approx(np.log(36), rel=1e-6)


def test_without_a_positive_pair_there_is_nothing_to_learn():
    assert float(AllPairsInfoNCE()(np.zeros((3, 3)), np.ones((3, 3)))) == 0
