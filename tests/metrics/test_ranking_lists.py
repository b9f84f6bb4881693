"""NDCG, recall and reciprocal rank over lists of candidates."""

import itertools

import keras
import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from multimodal_zoo.metrics import NDCG, MeanReciprocalRank, RecallAtK

METRICS = (lambda: NDCG(3), lambda: NDCG(4, "exponential"), lambda: RecallAtK(2), MeanReciprocalRank)


def rows(seed=0, ties=False):
    draws = np.random.default_rng(seed)
    scores = draws.integers(0, 3, (9, 6)) if ties else draws.permuted(np.tile(np.arange(6), (9, 1)), axis=1)
    relevance = draws.integers(0, 4, (9, 6)) * draws.integers(0, 2, (9, 6))
    relevance[:, 0] = np.maximum(relevance[:, 0], 1)
    return relevance.astype("float32"), scores.astype("float32")


def value(metric, relevance, scores, **arguments):
    metric.update_state(relevance, scores, **arguments)
    return float(metric.result())


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("k", [1, 3, 6, 50])
def test_ndcg_is_that_of_scikit_learn(k, ties):
    relevance, scores = rows(ties=ties)
    assert value(NDCG(k), relevance, scores) == pytest.approx(ndcg_score(relevance, scores, k=k), abs=1e-6)
    expected = ndcg_score(2.0**relevance - 1, scores, k=k)
    assert value(NDCG(k, "exponential"), relevance, scores) == pytest.approx(expected, abs=1e-6)


def over_all_orders(relevance, scores, figure):
    """Mean over the orders that the scores allow."""
    orders = [o for o in itertools.permutations(range(len(scores))) if (np.diff(scores[list(o)]) <= 0).all()]
    return np.mean([figure(relevance[list(order)] > 0) for order in orders])


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_recall_is_its_mean_over_the_orders_that_ties_allow(k, ties):
    relevance, scores = rows(1, ties)
    each = [
        over_all_orders(r, s, lambda sorted_: sorted_[:k].sum() / sorted_.sum())
        for r, s in zip(relevance, scores, strict=True)
    ]
    assert value(RecallAtK(k), relevance, scores) == pytest.approx(np.mean(each), abs=1e-6)


def test_reciprocal_rank_of_the_first_that_is_relevant():
    relevance, scores = rows(2)
    each = [1 / (1 + np.argmax(r[np.argsort(-s)] > 0)) for r, s in zip(relevance, scores, strict=True)]
    assert value(MeanReciprocalRank(), relevance, scores) == pytest.approx(np.mean(each), abs=1e-6)


@pytest.mark.parametrize("make", METRICS)
def test_scores_all_alike_do_not_look_good_when_the_answer_comes_first(make):
    relevance = np.eye(1, 50, dtype="float32")
    assert value(make(), relevance, np.zeros((1, 50))) < 0.1


@pytest.mark.parametrize("make", METRICS)
def test_the_mean_after_many_batches_is_that_of_all_at_once(make):
    relevance, scores = rows(3, ties=True)
    relevance[4] = 0
    metric = make()
    for start in range(0, 9, 2):
        metric.update_state(relevance[start : start + 2], scores[start : start + 2])
    assert float(metric.result()) == pytest.approx(value(make(), relevance, scores), abs=1e-6)


@pytest.mark.parametrize("make", METRICS)
def test_padding_and_rows_without_an_answer_do_not_count(make):
    relevance, scores = rows(4)
    padded = np.hstack([relevance, np.full((9, 2), -1.0)]), np.hstack([scores, np.full((9, 2), 99.0)])
    nothing = np.vstack([padded[0], np.zeros((1, 8))]), np.vstack([padded[1], np.arange(8.0)[None]])
    assert value(make(), *nothing) == pytest.approx(value(make(), relevance, scores), abs=1e-6)


def test_weights_weigh_the_rows():
    relevance, scores = rows(5)
    each = [value(NDCG(3), relevance[[row]], scores[[row]]) for row in range(9)]
    weights = np.arange(9.0)
    got = value(NDCG(3), relevance, scores, sample_weight=weights)
    assert got == pytest.approx(np.average(each, weights=weights), abs=1e-6)


def test_they_run_inside_evaluate_with_a_last_batch_of_another_size():
    relevance, scores = rows(6)
    inputs = keras.Input((6,))
    model = keras.Model(inputs, keras.layers.Rescaling(1.0)(inputs))
    model.compile(loss="mse", metrics=[make() for make in METRICS])
    results = model.evaluate(scores, relevance, batch_size=4, verbose=0, return_dict=True)
    for make in METRICS:
        metric = make()
        assert results[metric.name] == pytest.approx(value(metric, relevance, scores), abs=1e-5)


@pytest.mark.parametrize("make", METRICS)
def test_they_are_stored_with_their_settings(make):
    again = keras.metrics.deserialize(keras.metrics.serialize(make()))
    assert type(again) is type(make()) and again.get_config() == make().get_config()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"\(batch, candidates\).*\(2, 3\) and \(2, 4\)"):
        NDCG().update_state(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="k is how many"):
        RecallAtK(0)
    with pytest.raises(ValueError, match="gain must be one of"):
        NDCG(gain="log")
