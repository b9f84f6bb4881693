"""Ids taken for unknown: how many, which, and when."""

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import UnknownAtRandom


def test_in_training_a_share_of_the_ids_becomes_1_and_what_is_absent_stays():
    ids = np.tile(np.int32([[0, 7, 7, 7]]), (1000, 1))
    found = ops.convert_to_numpy(UnknownAtRandom(0.25, seed=0)(ids, training=True))
    assert (found[:, 0] == 0).all() and set(np.unique(found[:, 1:])) == {1, 7}
    # Three thousand draws: four standard deviations.
    assert abs((found[:, 1:] == 1).mean() - 0.25) < 4 * (0.25 * 0.75 / 3000) ** 0.5


def test_otherwise_ids_pass_unchanged():
    ids = np.int32([[0, 1, 5]])
    np.testing.assert_array_equal(ops.convert_to_numpy(UnknownAtRandom(0.9)(ids)), ids)
    np.testing.assert_array_equal(ops.convert_to_numpy(UnknownAtRandom(0.0)(ids, training=True)), ids)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_what_it_refuses(share):
    with pytest.raises(ValueError, match=f"share={share}"):
        UnknownAtRandom(share)
