"""The sum over all pairs, against the pairs one by one."""

import itertools

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion.pairs import sum_over_pairs


@pytest.mark.parametrize("count", [2, 3, 5])
def test_every_pair_counts_once(count):
    factors = np.random.default_rng(count).normal(size=(count, 4, 3)).astype("float32")
    wanted = sum(first * second for first, second in itertools.combinations(factors, 2))
    found = sum_over_pairs([ops.convert_to_tensor(factor) for factor in factors])
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, atol=1e-5)


def test_a_factor_alone_is_its_own_answer():
    alone = np.ones((2, 3))
    assert sum_over_pairs([alone]) is alone
