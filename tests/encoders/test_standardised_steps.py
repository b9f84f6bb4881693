import numpy as np
from keras import ops

from multimodal_zoo.encoders import StandardisedSteps

SERIES = np.random.default_rng(0).normal(3.0, 2.0, size=(3, 6, 2)).astype("float32")
THERE = np.int32([[1, 1, 1, 1, 1, 1], [0, 1, 1, 0, 1, 0], [0, 0, 0, 0, 0, 0]])


def test_mean_and_variance_are_those_of_the_steps_there_are():
    found = ops.convert_to_numpy(StandardisedSteps()(np.where(THERE[..., None] == 1, SERIES, np.nan), THERE))
    for row in range(3):
        own = SERIES[row][THERE[row] == 1]
        if len(own):
            np.testing.assert_allclose(found[row][THERE[row] == 1], (own - own.mean(0)) / own.std(0), atol=1e-4)
        assert not found[row][THERE[row] == 0].any()


def test_what_is_the_same_at_all_steps_is_gone():
    offset = StandardisedSteps()(SERIES + np.float32([100.0, -7.0]), THERE)
    np.testing.assert_allclose(
        ops.convert_to_numpy(offset), ops.convert_to_numpy(StandardisedSteps()(SERIES, THERE)), atol=1e-4
    )
    constant = StandardisedSteps()(np.full((1, 4, 2), 5.0, "float32"), np.ones((1, 4)))
    assert not ops.convert_to_numpy(constant).any()
