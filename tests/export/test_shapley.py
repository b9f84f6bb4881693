"""Shapley values against their definition by orderings, and the laws that single them out."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multimodal_zoo.export.shapley import MOST_MODALITIES, shapley_matrix, subsets


def by_orderings(values, players):
    """The mean over all orders in which the players may join of what each adds when it does."""
    total = np.zeros(players)
    for order in itertools.permutations(range(players)):
        members = 0
        for player in order:
            total[player] += values[members | 1 << player] - values[members]
            members |= 1 << player
    return total / math.factorial(players)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_it_is_the_mean_over_all_orders_of_joining(players, seed):
    values = np.random.default_rng(seed).normal(size=2**players)
    found = shapley_matrix(players) @ values
    np.testing.assert_allclose(found, by_orderings(values, players), atol=1e-12)
    assert found.sum() == pytest.approx(values[-1] - values[0], abs=1e-12)


def test_one_who_adds_nothing_has_no_share_and_equals_share_equally():
    members = subsets(3)
    nothing_by_the_last = members[:, 0] * members[:, 1] + 0.5
    np.testing.assert_allclose(shapley_matrix(3) @ nothing_by_the_last, [0.5, 0.5, 0.0], atol=1e-12)


def test_subsets_begin_with_none_and_end_with_all():
    rows = subsets(4)
    assert rows.shape == (16, 4) and len({tuple(row) for row in rows}) == 16
    assert rows[0].sum() == 0 and rows[-1].sum() == 4


@pytest.mark.parametrize("count", [0, MOST_MODALITIES + 1])
def test_too_many_for_the_exact_value(count):
    with pytest.raises(ValueError, match=f"for 1 to 10 modalities, not for {count}"):
        shapley_matrix(count)
