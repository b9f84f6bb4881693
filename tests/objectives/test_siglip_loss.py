import numpy as np
import pytest
from sklearn.metrics import log_loss

from multimodal_zoo.objectives import PairScores, SigLipLoss
from tests.objectives.reference_loss import assert_is_the_reference


def test_it_is_the_sum_of_logistic_losses_of_all_pairs():
    logits, groups = np.random.default_rng(0).normal(0, 4, (5, 5)), np.array([0, 1, 2, 1, 3])
    labels = (groups[:, None] == groups).astype(int)
    # scikit-learn's mean over the 25 pairs, of which each of the 5 rows has 5.
    expected = 5 * log_loss(labels.ravel(), 1 / (1 + np.exp(-logits.ravel())))
    assert float(SigLipLoss()(groups, logits)) == pytest.approx(expected, rel=1e-5)


def test_at_the_papers_beginning_the_negatives_cost_next_to_nothing():
    """With b = -10 and all cosines 0: n - 1 times log(1 + exp(-10)), and log(1 + exp(10)) for the partner."""
    expected = 7 * np.log1p(np.exp(-10)) + np.log1p(np.exp(10))
    assert float(SigLipLoss()(np.arange(8), np.full((8, 8), -10.0))) == pytest.approx(expected, rel=1e-6)


def test_it_is_the_reference_with_its_gradients():
    assert_is_the_reference("siglip_loss", PairScores(max_scale=None, initial_bias=0.0), SigLipLoss())
