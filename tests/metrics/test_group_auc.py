import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from multimodal_zoo.metrics import group_auc


def clicks(seed=0, ties=False):
    draws = np.random.default_rng(seed)
    users = draws.permutation(np.repeat([f"u{number}" for number in range(12)], draws.integers(1, 12, 12)))
    scores = draws.integers(0, 4, len(users)) / 4 if ties else draws.random(len(users))
    return draws.integers(0, 2, len(users)), scores, users


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("weights", ["impressions", "clicks", "equal"])
def test_against_scikit_learn_user_by_user(weights, ties):
    labels, scores, users = clicks(ties=ties)
    values, counts = [], []
    for user in set(users):
        own = users == user
        if len(set(labels[own])) == 2:
            values.append(roc_auc_score(labels[own], scores[own]))
            counts.append({"impressions": own.sum(), "clicks": labels[own].sum(), "equal": 1}[weights])
    assert 2 < len(values) < 12
    assert group_auc(labels, scores, users, weights) == pytest.approx(np.average(values, weights=counts), abs=1e-12)


def test_what_a_user_scores_as_a_whole_does_not_matter():
    labels, scores, users = clicks()
    shifts = {user: shift for shift, user in enumerate(sorted(set(users)))}
    shifted = scores + np.array([shifts[user] for user in users])
    assert group_auc(labels, shifted, users) == pytest.approx(group_auc(labels, scores, users))


def test_one_user_has_the_auc():
    labels, scores, users = clicks()
    assert group_auc(labels, scores, np.zeros(len(users))) == pytest.approx(roc_auc_score(labels, scores))


def test_it_is_none_where_no_user_has_both():
    assert group_auc([1, 1, 0], [0.1, 0.2, 0.3], [1, 1, 2]) is None
    assert group_auc([], [], []) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 0], [0.1], [1, 1]), "got 2, 1 and 2"),
        (([2, 0], [0.1, 0.2], [1, 1]), "0 or 1; got"),
        (([1, 0], [0.1, np.nan], [1, 1]), "NaN"),
        (([1, 0], [0.1, 0.2], [1, 1], "rows"), "weights must be one of"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        group_auc(*arguments)
