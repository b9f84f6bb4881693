import numpy as np
import pytest
from fusion_scores import Scores, areas
from sklearn.metrics import roc_auc_score


def test_areas_are_those_of_scikit_learn_with_ties():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 60)
    scores = np.round(random.random((3, 60)) + 0.3 * labels, 1)
    np.testing.assert_allclose(areas(labels, scores), [roc_auc_score(labels, one) for one in scores])


def test_accuracy_is_the_share_that_was_right_seed_by_seed():
    scores = Scores(np.array([[1, 1, 0, 0], [1, 1, 1, 0]], float))
    assert scores.figures().tolist() == [0.5, 0.75]
    assert scores.figures(np.array([0, 1])).tolist() == [1, 1]


def test_the_difference_of_a_network_from_itself_is_nothing():
    random = np.random.default_rng(0)
    scores = Scores(random.integers(0, 2, (5, 100)).astype(float))
    assert scores.interval(np.arange(100), scores) == (0, 0)


def test_the_interval_of_an_accuracy_is_as_wide_as_the_binomial():
    right = Scores((np.arange(400) % 4 > 0).astype(float)[None])
    low, high = right.interval(np.arange(400))
    half = 1.96 * np.sqrt(0.75 * 0.25 / 400)
    assert low == pytest.approx(0.75 - half, abs=0.01) and high == pytest.approx(0.75 + half, abs=0.01)
