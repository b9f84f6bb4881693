import numpy as np
import pytest

from multimodal_zoo.objectives import MaxMarginRanking, PairScores
from tests.objectives.reference_loss import assert_is_the_reference


def expected(scores, groups, margin, negatives):
    """Record by record, as the formulas stand."""
    total = 0
    for i in range(len(scores)):
        for row in (scores[i], scores[:, i]):
            others = [row[j] for j in range(len(scores)) if groups[j] != groups[i]]
            hinge = [max(margin - scores[i, i] + other, 0) for other in others]
            if negatives == "all":
                total += sum(hinge)
            elif negatives == "hardest":
                total += max(hinge, default=0)
            elif others:
                below = [other for other in others if other < scores[i, i]]
                chosen = max(below) if below else min(others)
                total += max(margin - scores[i, i] + chosen, 0)
    return total / len(scores)


@pytest.mark.parametrize("negatives", ["all", "semi_hard", "hardest"])
@pytest.mark.parametrize("groups", [np.arange(7), np.array([0, 1, 0, 2, 3, 1, 0])])
def test_against_the_formulas(negatives, groups):
    for seed in range(3):
        scores = np.random.default_rng(seed).uniform(-1, 1, (7, 7)).astype("float32")
        got = MaxMarginRanking(0.3, negatives)(groups, scores)
        assert float(got) == pytest.approx(expected(scores, groups, 0.3, negatives), rel=1e-5)


@pytest.mark.parametrize("negatives", ["all", "semi_hard", "hardest"])
def test_a_batch_of_one_group_has_nothing_to_learn(negatives):
    assert float(MaxMarginRanking(0.2, negatives)(np.zeros(4), np.random.default_rng(0).normal(size=(4, 4)))) == 0


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="margin"):
        MaxMarginRanking(0)
    with pytest.raises(ValueError, match=r"\['all', 'semi_hard', 'hardest'\], got 'hard'"):
        MaxMarginRanking(negatives="hard")


@pytest.mark.parametrize("negatives, reference", [("all", "max_margin_sum"), ("hardest", "max_margin_hardest")])
def test_it_is_the_reference(negatives, reference):
    """The reference sums over the records of the batch; Keras takes their mean."""
    scores = PairScores(initial_temperature=1.0)
    assert_is_the_reference(reference, scores, MaxMarginRanking(0.2, negatives, reduction="sum"))
