import numpy as np
import pytest
from scipy.special import log_softmax

from multimodal_zoo.objectives import ClipLoss, PairScores
from tests.objectives.reference_loss import assert_is_the_reference


def test_it_is_the_symmetric_cross_entropy_of_the_paper():
    scores = np.random.default_rng(0).normal(0, 3, (6, 6))
    rows, columns = (np.diag(log_softmax(scores / 0.5, axis)).mean() for axis in (1, 0))
    got = ClipLoss(temperature=0.5)(np.arange(6), scores)
    assert float(got) == pytest.approx(-(rows + columns) / 2, rel=1e-5)


def test_embeddings_all_alike_tell_nothing():
    """Every score is equal: the partner is one of n."""
    assert float(ClipLoss()(np.arange(8), np.full((8, 8), 100.0))) == pytest.approx(np.log(8), rel=1e-5)


def test_orthogonal_embeddings_that_match_have_the_known_loss():
    """The scores are 1/t times the identity: log(1 + (n - 1) exp(-1/t)) each way."""
    got = ClipLoss(temperature=0.25)(np.arange(5), np.eye(5))
    assert float(got) == pytest.approx(np.log1p(4 * np.exp(-4)), rel=1e-5)


def test_several_partners_share_the_target():
    scores, groups = np.random.default_rng(1).normal(size=(4, 4)), np.array([0, 1, 0, 2])
    share = (groups[:, None] == groups) / (groups[:, None] == groups).sum(1, keepdims=True)
    expected = -((share * log_softmax(scores, 1)).sum(1) + (share.T * log_softmax(scores, 0)).sum(0)) / 2
    assert float(ClipLoss()(groups, scores)) == pytest.approx(expected.mean(), rel=1e-5)


def test_captions_of_one_picture_are_no_negatives_of_it():
    """Twice the same picture, scored alike: nothing is left to separate but the third."""
    scores = np.array([[9.0, 9.0, -9.0], [9.0, 9.0, -9.0], [-9.0, -9.0, 9.0]])
    assert float(ClipLoss()(np.array([5, 5, 6]), scores)) == pytest.approx(np.log(2) * 2 / 3, rel=1e-5)
    assert float(ClipLoss()(np.arange(3), scores)) == pytest.approx(np.log(2) * 2 / 3, rel=1e-5)
    apart = np.where(np.eye(3) == 1, 20.0, scores)
    assert float(ClipLoss()(np.arange(3), apart)) < 1e-4 < float(ClipLoss()(np.array([5, 5, 6]), apart))


def test_a_row_without_a_partner_counts_nothing():
    table = np.array([[1.0, 0.0], [0.0, 0.0]])
    scores = np.array([[1.0, 2.0], [3.0, 5.0]])
    expected = -(log_softmax(scores, 1)[0, 0] + log_softmax(scores, 0)[0, 0]) / 2 / 2
    assert float(ClipLoss()(table, scores)) == pytest.approx(expected, rel=1e-5)


def test_a_temperature_of_zero_is_refused():
    with pytest.raises(ValueError, match="temperature has to be greater than 0"):
        ClipLoss(temperature=0)


def test_it_is_the_reference_with_its_gradients():
    assert_is_the_reference("clip_loss", PairScores(), ClipLoss())
