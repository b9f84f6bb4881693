"""The still and the motion of a video against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import two_stream

FRAMES = np.random.default_rng(0).uniform(size=(4, 5, 3, 2, 2)).astype("float32")
MASK = np.int32([[1, 1, 1, 1, 1], [0, 1, 0, 1, 1], [1, 0, 0, 1, 0], [0, 0, 0, 0, 0]])


def mean_colour(images):
    return ops.mean(images, axis=(1, 2))


def corner(images):
    return images[:, 0, 1]


def test_it_is_the_middle_frame_beside_the_differences_of_all():
    inputs = [keras.Input(FRAMES.shape[1:]), keras.Input((5,), dtype="int32")]
    model = keras.Model(inputs, two_stream(mean_colour, corner)(*inputs))
    found = ops.convert_to_numpy(model([FRAMES, MASK]))
    assert found.shape == (4, 2 + 4 * 2)
    for row, middle in enumerate((2, 3, 0)):
        there = FRAMES[row][MASK[row] == 1]
        differences = np.zeros((4, 3, 2, 2))
        differences[: len(there) - 1] = np.diff(there, axis=0)
        wanted = np.concatenate([FRAMES[row, middle].mean(axis=(0, 1)), differences[:, 0, 1].ravel()])
        np.testing.assert_allclose(found[row], wanted, rtol=1e-5, atol=1e-6)
    assert not found[3].any()


def test_flow_takes_the_place_of_the_differences():
    flow = np.random.default_rng(1).normal(size=(4, 3, 3, 2, 2)).astype("float32")
    inputs = [keras.Input(FRAMES.shape[1:]), keras.Input(flow.shape[1:])]
    model = keras.Model(inputs, two_stream(mean_colour, corner)(inputs[0], flow=inputs[1]))
    found = ops.convert_to_numpy(model([FRAMES, flow]))
    np.testing.assert_allclose(found[:, :2], FRAMES[:, 2].mean(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_array_equal(found[:, 2:], flow[:, :, 0, 1].reshape(4, -1))


def test_by_default_both_streams_are_small_cnns_shape_only():
    assert two_stream()(keras.Input((3, 8, 8, 1))).shape == (None, 128)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="received one frame and no flow"):
        two_stream()(keras.Input((1, 8, 8, 1)))
    with pytest.raises(ValueError, match="The flow of two_stream takes"):
        two_stream()(keras.Input((2, 8, 8, 1)), flow=keras.Input((8, 8, 2)))
