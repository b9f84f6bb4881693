"""How many times as fast one way is as another, against plain Python and by hand."""

import statistics

import numpy as np
import pytest
from ratios import Ratio, ratios_of_times


def test_ratios_are_those_of_the_medians_of_each_round():
    ours = [[0.001, 0.002, 0.009], [0.004, 0.004], 0.01]
    others = [[0.008], [0.002, 0.004, 0.006, 0.004], 0.005]
    by_hand = [
        statistics.median(np.atleast_1d(other)) / statistics.median(np.atleast_1d(one))
        for one, other in zip(ours, others, strict=True)
    ]
    assert by_hand == pytest.approx([4.0, 1.0, 0.5])
    np.testing.assert_allclose(ratios_of_times(ours, others), by_hand)


@pytest.mark.parametrize("rounds", [2, 5, 6, 60])
def test_the_spread_is_that_of_the_statistics_of_python(rounds):
    ratios = np.random.default_rng(rounds).lognormal(size=rounds).tolist()
    found = Ratio.of(ratios)
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    assert (found.least, found.greatest, found.rounds) == (min(ratios), max(ratios), rounds)
    assert (found.low, found.middle, found.high) == pytest.approx((low, middle, high))
    assert found.middle == pytest.approx(statistics.median(ratios))
    assert found.ahead == sum(one > 1 for one in ratios) / rounds
    assert found.behind == sum(one < 1 for one in ratios) / rounds


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ([1.1, 1.2, 1.3], "faster"),
        ([0.9, 0.8, 0.7], "slower"),
        ([1.1, 1.2, 0.9], "not told apart"),
        ([1.1] * 9 + [0.9], "faster"),
        ([1.1] + [0.9] * 9, "slower"),
        ([1.1] * 8 + [0.9] * 2, "not told apart"),
        ([1.0, 1.0], "not told apart"),
        ([2.0], "one round"),
    ],
)
def test_nine_rounds_of_ten_have_to_agree(ratios, verdict):
    assert Ratio.of(ratios).verdict == verdict


def test_rounds_that_do_not_match_and_times_that_are_none_are_refused():
    with pytest.raises(ValueError, match="compared one by one; received 2 and 1"):
        ratios_of_times([1.0, 2.0], [1.0])
    for ratios in ([], [1.0, 0.0], [float("nan")]):
        with pytest.raises(ValueError, match="Ratios are positive numbers, at least one"):
            Ratio.of(ratios)
