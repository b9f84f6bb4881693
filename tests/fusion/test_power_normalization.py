"""The signed root and the unit length: their values, and their slopes where the textbook's are infinite."""

import numpy as np
from keras import ops

from multimodal_zoo.fusion.power_normalization import signed_sqrt, unit_length
from tests.gradients import input_gradient


def test_the_signed_root_is_the_root_away_from_zero():
    x = np.float32([-1e6, -4, -1, -0.05, 0.05, 1, 4, 1e6])
    found = ops.convert_to_numpy(signed_sqrt(ops.convert_to_tensor(x)))
    np.testing.assert_allclose(found, np.sign(x) * np.sqrt(np.abs(x)), rtol=1e-3)


def test_the_signed_root_has_a_finite_slope_at_zero():
    slope = input_gradient(lambda x: ops.sum(signed_sqrt(x)), np.float32([-1e-9, 0.0, 1e-9, 1.0]))
    np.testing.assert_allclose(slope, [100, 100, 100, 0.5], rtol=1e-3)


def test_unit_length():
    found = ops.convert_to_numpy(unit_length(ops.convert_to_tensor(np.float32([[3, 4], [0, 0], [3e-4, -4e-4]]))))
    np.testing.assert_allclose(found, [[0.6, 0.8], [0, 0], [0.03, -0.04]], rtol=1e-5)
    slope = input_gradient(lambda x: ops.sum(unit_length(x)), np.zeros((1, 2), "float32"))
    np.testing.assert_allclose(slope, [[100, 100]], rtol=1e-5)
