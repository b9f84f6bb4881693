import numpy as np
import pytest
from scipy.special import log_softmax

from multimodal_zoo.objectives import InBatchSoftmax, log_q_correction


def test_it_is_the_softmax_over_the_items_of_the_batch():
    scores = np.random.default_rng(0).normal(0, 3, (6, 6))
    expected = -np.diag(log_softmax(scores, 1)).mean()
    assert float(InBatchSoftmax()(np.arange(6), scores)) == pytest.approx(expected, rel=1e-5)


def test_the_row_s_own_item_in_another_row_is_no_negative():
    scores, items = np.random.default_rng(1).normal(size=(4, 4)), np.array([5, 6, 5, 7])
    kept = np.where((items[:, None] == items) & ~np.eye(4, dtype=bool), -np.inf, scores)
    expected = -np.diag(log_softmax(kept, 1)).mean()
    assert float(InBatchSoftmax()(items, scores)) == pytest.approx(expected, rel=1e-5)


def test_with_the_correction_the_loss_is_that_of_the_whole_catalogue_on_average():
    """Importance sampling: exp(s - log q) averaged over items drawn by q is the sum of exp(s) over all items."""
    draws = np.random.default_rng(2)
    scores, q = draws.normal(size=50), draws.dirichlet(np.ones(50))
    drawn = draws.choice(50, 400_000, p=q)
    corrected = np.asarray(log_q_correction(scores[None, drawn].astype("float32"), np.log(q)[drawn].astype("float32")))
    assert np.exp(corrected).mean() == pytest.approx(np.exp(scores).sum(), rel=0.03)


def test_rewards_weigh_the_rows():
    scores, rewards = np.random.default_rng(3).normal(size=(4, 4)), np.array([0.0, 1.0, 2.0, 0.5])
    expected = -(np.diag(log_softmax(scores, 1)) * rewards).mean()
    assert float(InBatchSoftmax()(np.arange(4), scores, sample_weight=rewards)) == pytest.approx(expected, rel=1e-5)
