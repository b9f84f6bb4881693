import numpy as np
import pytest
from scipy.special import expit

from multimodal_zoo.objectives import BprLoss


def test_it_is_the_mean_over_the_pairs_of_each_user():
    draws = np.random.default_rng(0)
    scores, labels = draws.normal(0, 3, (5, 6)), draws.integers(-1, 2, (5, 6))
    rows = []
    for one, label in zip(scores, labels, strict=True):
        pairs = [(i, j) for i in one[label == 1] for j in one[label == 0]]
        rows.append(-np.mean([np.log(expit(i - j)) for i, j in pairs]) if pairs else 0)
    assert float(BprLoss()(labels, scores)) == pytest.approx(np.mean(rows), rel=1e-5)


def test_a_row_without_a_pair_counts_nothing():
    assert float(BprLoss()(np.array([[1.0, 1.0, -1.0]]), np.array([[3.0, -3.0, 9.0]]))) == 0


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\(batch, candidates\)"):
        BprLoss()(np.zeros(3), np.zeros((3, 1, 1)))
