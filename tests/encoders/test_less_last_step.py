"""Differences from the last step, whatever stands in padding."""

import keras
import numpy as np
from keras import ops

from multimodal_zoo.encoders import LessLastStep


def test_every_step_less_the_last_that_is_there():
    steps = np.float32([[[1, 10], [4, 30], [9, 99]], [[1, 10], [4, 30], [6, 20]], [[5, 5], [5, 5], [5, 5]]])
    places = np.int32([[1, 2, 0], [1, 2, 3], [0, 0, 0]])
    differences, last = (ops.convert_to_numpy(one) for one in LessLastStep()(steps, places))
    np.testing.assert_array_equal(last, [[4, 30], [6, 20], [0, 0]])
    np.testing.assert_array_equal(
        differences, [[[-3, -20], [0, 0], [0, 0]], [[-5, -10], [-2, 10], [0, 0]], [[0, 0], [0, 0], [0, 0]]]
    )


def test_a_constant_added_to_a_series_changes_its_last_step_alone():
    steps, places = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32"), np.ones((2, 5), "int32")
    layer = LessLastStep()
    (before, last), (after, raised) = layer(steps, places), layer(steps + 2, places)
    np.testing.assert_allclose(ops.convert_to_numpy(after), ops.convert_to_numpy(before), atol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(raised), ops.convert_to_numpy(last) + 2, atol=1e-6)


def test_the_layer_comes_back_from_its_file(tmp_path):
    inputs = [keras.Input((4, 2)), keras.Input((4,), dtype="int32")]
    model = keras.Model(inputs, LessLastStep(name="less")(*inputs))
    assert [tuple(one.shape) for one in model.outputs] == [(None, 4, 2), (None, 2)]
    model.save(tmp_path / "model.keras")
    twin = keras.saving.load_model(tmp_path / "model.keras")
    given = [np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32"), np.ones((3, 4), "int32")]
    for found, wanted in zip(twin(given), model(given), strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(found), ops.convert_to_numpy(wanted))
