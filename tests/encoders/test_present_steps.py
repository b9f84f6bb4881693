"""Bringing the steps that are there to the front."""

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders.present_steps import PresentSteps, ZeroPadding

STEPS = np.arange(12, dtype="float32").reshape(2, 3, 2) + 1


def test_steps_keep_their_order_and_padding_becomes_zeros_behind():
    moved, places = PresentSteps()(STEPS, np.int32([[0, 1, 1], [0, 0, 0]]))
    np.testing.assert_array_equal(ops.convert_to_numpy(places), [[2, 3, 0], [0, 0, 0]])
    np.testing.assert_array_equal(ops.convert_to_numpy(moved), [[[3, 4], [5, 6], [0, 0]], np.zeros((3, 2))])


def test_without_a_mask_everything_is_there():
    moved, places = PresentSteps()(STEPS)
    np.testing.assert_array_equal(ops.convert_to_numpy(moved), STEPS)
    np.testing.assert_array_equal(ops.convert_to_numpy(places), [[1, 2, 3], [1, 2, 3]])


@pytest.mark.parametrize("dtype", ["bool", "float32", "int32"])
def test_a_mask_of_any_type_over_steps_of_any_form(dtype):
    frames = STEPS.reshape(2, 3, 1, 2, 1)
    moved, _ = PresentSteps()(frames, np.array([[1, 0, 1], [0, 1, 0]]).astype(dtype))
    np.testing.assert_array_equal(ops.convert_to_numpy(moved)[0, :2], frames[0, [0, 2]])
    np.testing.assert_array_equal(ops.convert_to_numpy(moved)[1, 0], frames[1, 1])


def test_zeros_where_a_step_is_not_there():
    found = ops.convert_to_numpy(ZeroPadding()(STEPS, np.int32([[1, 2, 0], [1, 0, 0]])))
    np.testing.assert_array_equal(found[0, :2], STEPS[0, :2])
    assert not found[0, 2].any() and not found[1, 1:].any()
