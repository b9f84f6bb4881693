"""The weights of feature pooling by cross-validation, on data whose best weights are known."""

import itertools

import numpy as np
import pytest
from keras import ops
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

from multimodal_zoo.fusion import choose_weights, fuse
from multimodal_zoo.fusion.choose_weights import STRENGTHS, simplex_grid

ROWS = 240
SIGNAL, NOISE = (np.random.default_rng(seed).normal(size=(ROWS, width)) for seed, width in ((0, 2), (1, 30)))


def draws(*size, seed=2):
    return np.random.default_rng(seed).normal(size=size)


def test_the_grid_is_the_whole_simplex_the_most_even_first():
    grid = simplex_grid(3, 4)
    wanted = {(a, b, 4 - a - b) for a, b in itertools.product(range(5), repeat=2) if a + b <= 4}
    assert len(grid) == 15 and {tuple(np.rint(weights * 4).astype(int)) for weights in grid} == wanted
    assert sorted(grid[0]) == [0.25, 0.25, 0.5] and sorted(grid[-1]) == [0, 0, 1]
    assert [weights.tolist() for weights in simplex_grid(1, 10)] == [[1.0]]


@pytest.mark.parametrize("kind", [str, int, float])
def test_a_modality_of_noise_gets_no_weight(kind):
    score = SIGNAL.sum(axis=1) + 0.5 * draws(ROWS, seed=3)
    labels = score if kind is float else (score > 0).astype(kind)
    weights = choose_weights({"noise": NOISE, "signal": SIGNAL}, labels, cv=3, steps=5)
    assert weights["noise"] <= 0.2 and weights["signal"] == pytest.approx(1 - weights["noise"])


def test_two_that_are_equally_good_get_equal_weights():
    first, second, noise = draws(3, 400, 10)
    labels = first.mean(axis=1) + second.mean(axis=1) + 0.3 * draws(400, seed=3)
    weights = choose_weights({"first": first, "noise": noise, "second": 1000 * second - 7}, labels, cv=3)
    assert weights == pytest.approx({"first": 0.5, "noise": 0, "second": 0.5}, abs=0.11)
    assert sum(weights.values()) == pytest.approx(1)


def test_it_is_the_best_of_ridge_regressions_written_out():
    """Ridge over the blocks in closed form, for each weight and strength, on the folds of the splitter."""
    first, second = SIGNAL, NOISE[:, :5]
    labels = SIGNAL[:, 0] + 0.4 * NOISE[:, 0] + 0.5 * draws(ROWS)
    splitter, errors = KFold(4), {}
    for share, strength in itertools.product(np.arange(6) / 5, STRENGTHS):
        of_folds = []
        for train, test in splitter.split(first):
            blocks = [
                weight * (block - block[train].mean(0)) / block[train].std(0) / np.sqrt(block.shape[1])
                for weight, block in ((share, first), (1 - share, second))
            ]
            x, mean = np.concatenate(blocks, axis=1), labels[train].mean()
            matrix = x[train].T @ x[train] + np.eye(x.shape[1]) / strength
            guess = x[test] @ np.linalg.solve(matrix, x[train].T @ (labels[train] - mean)) + mean
            of_folds.append(((guess - labels[test]) ** 2).mean())
        errors[share, strength] = np.mean(of_folds)
    best, _ = min(errors, key=errors.get)
    assert 0 < best < 1
    found = choose_weights({"first": first, "second": second}, labels, cv=splitter, steps=5)
    assert found == pytest.approx({"first": best, "second": 1 - best})


def test_groups_keep_what_only_knows_the_group_from_winning():
    """`voice` tells the speaker, whom the label depends on; `words` tell a little about the label of anybody."""
    groups = np.repeat(np.arange(12), ROWS // 12)
    labels = np.random.default_rng(3).permutation(np.arange(12) % 2)[groups]
    voice = np.eye(12)[groups] + 0.05 * draws(ROWS, 12)
    words = labels[:, None] + 1.5 * draws(ROWS, 3, seed=4)
    encodings = {"voice": voice, "words": words}
    for cv in (3, StratifiedKFold(3, shuffle=True, random_state=1)):
        assert choose_weights(encodings, labels, cv=cv, steps=4)["voice"] >= 0.75
    for cv in (3, GroupKFold(3)):
        assert choose_weights(encodings, labels, groups=groups, cv=cv, steps=4)["words"] >= 0.75


def test_what_is_absent_is_not_read():
    """`signal` is there for half of the records, which pool it alone; the others have only what is left."""
    labels = np.where(SIGNAL[:, 0] > 0, "yes", "no")
    presence = np.ones((ROWS, 2))
    presence[::2, 1] = 0
    soiled = SIGNAL.copy()
    soiled[::2] = np.nan
    encodings = {"noise": NOISE, "signal": SIGNAL}
    found = [
        choose_weights({**encodings, "signal": one}, labels, presence=presence, cv=3, steps=4)
        for one in (SIGNAL, soiled)
    ]
    assert found[0] == found[1] and found[0]["signal"] >= 0.75


def test_an_estimator_and_a_score_of_ones_own():
    from sklearn.neighbors import KNeighborsClassifier

    # A ring: no linear model sees it.
    labels = np.linalg.norm(SIGNAL, axis=1) > np.sqrt(np.log(4))
    encodings = {"signal": SIGNAL, "noise": NOISE[:, :8]}
    found = choose_weights(encodings, labels, estimator=KNeighborsClassifier(7), scoring="accuracy", steps=4)
    assert found["signal"] >= 0.75
    least = choose_weights(
        encodings, labels, estimator=KNeighborsClassifier(7), scoring=lambda *a: -a[0].score(*a[1:]), steps=4
    )
    assert least["signal"] <= 0.25


def test_the_answer_is_what_feature_pooling_takes():
    weights = choose_weights({"signal": SIGNAL, "noise": NOISE}, SIGNAL[:, 0] > 0, steps=2, cv=3)
    joint = fuse("feature_pooling", 3, weights=weights)({"noise": NOISE, "signal": SIGNAL})
    assert ops.convert_to_numpy(joint).shape == (ROWS, 3)


BOTH = {"a": SIGNAL, "b": NOISE}
LABELS = np.arange(ROWS) % 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"encodings": {}}, "received an empty one"),
        ({"encodings": [SIGNAL]}, "received list"),
        ({"encodings": {"a": SIGNAL[:, 0]}}, r"must be \(records, width\).*'a': \(240,\)"),
        ({"encodings": {"a": SIGNAL, "b": NOISE[1:]}}, r"'b': \(239, 30\)"),
        ({"encodings": {"a": SIGNAL * np.nan, "b": NOISE}}, "'a' holds NaN or infinity"),
        ({"labels": LABELS[1:]}, r"labels must have the shape \(240,\).*\(239,\)"),
        ({"labels": np.zeros(ROWS, int)}, "two or more classes.*received 1 distinct"),
        ({"groups": LABELS[:, None]}, r"groups must have the shape \(240,\).*\(240, 1\)"),
        ({"presence": np.ones((ROWS, 3))}, r"presence must have the shape \(240, 2\).*\['a', 'b'\].*\(240, 3\)"),
        ({"steps": 0}, "steps=0"),
        ({"steps": 2.5}, "steps=2.5"),
        ({"labels": np.arange(ROWS) // 200, "cv": KFold(5)}, r"no training record of the classes \[1\].*fewer folds"),
        ({"scoring": "accuracyy"}, "accuracyy"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        choose_weights(**{"encodings": BOTH, "labels": LABELS, **arguments})
