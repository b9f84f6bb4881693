import numpy as np
import pytest

from multimodal_zoo.metrics import (
    bootstrap_interval,
    classification_metrics,
    constant_prediction,
    multi_label_metrics,
    ranking_metrics,
    regression_metrics,
    task_metrics,
)


def auc_by_pairs(labels, scores):
    pairs = [(p > n) + 0.5 * (p == n) for p in scores[labels == 1] for n in scores[labels == 0]]
    return np.mean(pairs)


def test_binary_classification_against_the_definitions():
    labels = np.array([0, 0, 1, 1, 1])
    ones = np.array([0.2, 0.6, 0.7, 0.4, 0.9])
    figures = classification_metrics(labels, np.stack([1 - ones, ones], 1), ["no", "yes"])
    assert figures["accuracy"] == pytest.approx(3 / 5)
    assert figures["balanced_accuracy"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert figures["auc"] == pytest.approx(auc_by_pairs(labels, ones))
    assert figures["log_loss"] == pytest.approx(-np.mean(np.log([0.8, 0.4, 0.7, 0.4, 0.9])))
    assert figures["per_class"]["yes"]["recall"] == pytest.approx(2 / 3)


def test_auc_is_none_and_not_one_half_where_it_is_not_defined():
    assert ranking_metrics(np.ones(4), np.linspace(0, 1, 4))["auc"] is None
    assert classification_metrics(np.zeros(3, int), np.full((3, 2), 0.5))["auc"] is None
    assert multi_label_metrics(np.ones((3, 1)), np.full((3, 1), 0.5))["auc"] is None


def test_ranking_takes_a_column_of_scores():
    labels, scores = np.array([0, 1, 1, 0]), np.array([[0.1], [0.8], [0.3], [0.4]])
    figures = ranking_metrics(labels, scores)
    assert figures["auc"] == pytest.approx(auc_by_pairs(labels, scores[:, 0]))
    assert figures["accuracy"] == pytest.approx(3 / 4)


def test_regression_against_the_definitions():
    figures = task_metrics("regression", np.array([1.0, 2.0, 4.0]), np.array([[1.0], [3.0], [2.0]]))
    assert figures["rmse"] == pytest.approx(np.sqrt(5 / 3)) and figures["mae"] == pytest.approx(1.0)
    assert figures["r2"] == pytest.approx(1 - 5 / np.var([1, 2, 4]) / 3)
    assert regression_metrics(np.array([1.0]), np.array([1.0]))["r2"] is None


def test_multi_label_leaves_out_labels_that_never_vary():
    labels = np.array([[0, 1], [1, 1], [1, 1], [0, 1]])
    scores = np.array([[0.2, 0.9], [0.8, 0.9], [0.4, 0.9], [0.5, 0.9]])
    assert multi_label_metrics(labels, scores)["auc"] == pytest.approx(auc_by_pairs(labels[:, 0], scores[:, 0]))


def test_the_constant_predictor_answers_the_shares():
    np.testing.assert_allclose(constant_prediction("classification", [0, 1, 1, 1], 2, 2), [[0.25, 0.75]] * 2)
    np.testing.assert_allclose(constant_prediction("ranking", [0.0, 1.0, 1.0, 1.0], 1), [[0.75]])
    np.testing.assert_allclose(constant_prediction("regression", [1.0, 3.0], 1), [[2.0]])


def test_bootstrap_interval_of_a_mean_has_the_width_theory_says():
    random = np.random.default_rng(0)
    values = random.normal(5, 1, 400)
    low, high = bootstrap_interval(lambda rows: values[rows].mean(), np.arange(400), draws=2000)
    assert low < values.mean() < high
    assert (high - low) == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_bootstrap_resamples_groups_and_not_rows():
    groups = np.repeat(np.arange(10), 40)
    values = np.repeat(np.random.default_rng(0).normal(size=10), 40)
    by_group = bootstrap_interval(lambda rows: values[rows].mean(), groups)
    by_row = bootstrap_interval(lambda rows: values[rows].mean(), np.arange(400))
    assert by_group[1] - by_group[0] > 3 * (by_row[1] - by_row[0])
    with pytest.raises(ValueError, match="not defined"):
        bootstrap_interval(lambda rows: None, groups)
