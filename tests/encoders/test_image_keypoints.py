"""Keypoints and descriptors against NumPy, written from the papers, and against pictures whose corners are known."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import deep_sets, image_backbone, image_keypoints


def found(images, count=16):
    points, there = image_keypoints(count)(np.asarray(images, "float32"))
    return ops.convert_to_numpy(points), ops.convert_to_numpy(there)


def square(height=32, width=40, top=10, left=12, size=12):
    image = np.zeros((height, width, 1), "float32")
    image[top : top + size, left : left + size] = 1
    return image


def gradients(grey):
    padded = np.pad(grey, 1, mode="edge")
    return (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2, (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2


def means(values, size):
    """Mean over the part of a window that lies in the image; an even window has its longer side ahead."""
    before, height, width = (size - 1) // 2, *values.shape
    out = np.zeros_like(values)
    for y in range(height):
        for x in range(width):
            above, left = max(0, y - before), max(0, x - before)
            out[y, x] = values[above : y - before + size, left : x - before + size].mean()
    return out


def described(grey, x, y):
    """The descriptor of the keypoint at (x, y), gradient by gradient."""
    across, down = gradients(grey)
    length, turn = np.hypot(across, down), np.arctan2(down, across) / (np.pi / 4) % 8
    maps = np.zeros((8, *grey.shape))
    for row, column in np.ndindex(*grey.shape):
        lower = int(turn[row, column]) % 8
        share = turn[row, column] - int(turn[row, column])
        maps[lower, row, column] += (1 - share) * length[row, column]
        maps[(lower + 1) % 8, row, column] += share * length[row, column]
    maps = [means(one, 4) for one in maps]
    vector = []
    for below in (-6, -2, 2, 6):
        for beside in (-6, -2, 2, 6):
            row, column = np.clip(y + below, 0, grey.shape[0] - 1), np.clip(x + beside, 0, grey.shape[1] - 1)
            vector += [one[row, column] for one in maps]
    vector = np.minimum(vector / np.linalg.norm(vector), 0.2)
    return vector / np.linalg.norm(vector)


def strongest(grey):
    """(x, y) of the largest response."""
    across, down = gradients(grey)
    xx, yy, xy = (means(one, 5) for one in (across**2, down**2, across * down))
    response = xx * yy - xy**2 - 0.05 * (xx + yy) ** 2
    row, column = np.unravel_index(response.argmax(), response.shape)
    return column, row


def test_the_corners_of_a_square():
    points, there = found([square()])
    assert there.sum() >= 4
    places = points[0, :4, :2] * [40, 32] - 0.5
    for corner in ((12, 10), (23, 10), (12, 21), (23, 21)):
        assert np.abs(places - corner).max(axis=1).min() <= 2, corner
    # An edge is no corner: all that was found is near one of the four.
    for place in points[0, there[0] == 1, :2] * [40, 32] - 0.5:
        assert min(np.abs(place - np.array(one)).max() for one in ((12, 10), (23, 10), (12, 21), (23, 21))) <= 3


def test_place_and_descriptor_are_those_of_the_papers():
    image = np.random.default_rng(0).uniform(size=(20, 24, 3))
    points, there = found([image], 4)
    grey = image.astype("float32").mean(-1).astype("float64")
    x, y = strongest(grey)
    assert there.all()
    np.testing.assert_allclose(points[0, 0, :2], [(x + 0.5) / 24, (y + 0.5) / 20], atol=1e-6)
    np.testing.assert_allclose(points[0, 0, 2:], described(grey, x, y), atol=1e-4)


def test_the_descriptor_moves_with_what_it_describes_and_brightness_does_not_matter():
    patch = np.random.default_rng(1).uniform(0.2, 0.8, (20, 20, 1)).astype("float32")
    here, there = np.full((2, 60, 60, 1), 0.5, "float32")
    here[10:30, 12:32] = patch
    there[25:45, 30:50] = 0.5 * (patch - 0.5) + 0.5
    (one, other), _ = found([here, there], 4)
    np.testing.assert_allclose((other - one)[:, :2] * 60, [[18, 15]] * 4, atol=1e-3)
    np.testing.assert_allclose(other[:, 2:], one[:, 2:], atol=1e-4)


def test_a_picture_without_corners_has_no_points():
    ramp = np.broadcast_to(np.linspace(0, 1, 24)[None, :, None], (24, 24, 1))
    points, there = found([np.zeros((24, 24, 1)), ramp])
    assert not there.any() and not points.any()


def test_inside_a_network_it_is_read_as_a_set():
    images = keras.Input((24, 24, 1))
    model = keras.Model(images, deep_sets((8,), (4,))(*image_keypoints(8, name="image")(images)))
    twin = keras.Model.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    pictures = np.random.default_rng(0).uniform(size=(3, 24, 24, 1)).astype("float32")
    answers = [ops.convert_to_numpy(one(pictures)) for one in (model, twin)]
    assert np.isfinite(answers[0]).all() and np.ptp(answers[0], axis=0).max() > 1e-3
    np.testing.assert_allclose(*answers, atol=1e-6)


def test_it_is_a_backbone_by_name():
    images = keras.Input((24, 24, 3))
    model = keras.Model(images, image_backbone("keypoints", name="image")(images))
    assert model.get_layer("image_keypoints").count == 64 and model.output.shape == (None, 128)
    with pytest.raises(ValueError, match="keypoints are not trained: weights must be None"):
        image_backbone("keypoints", weights="imagenet")
    with pytest.raises(ValueError, match="keypoints have no regions"):
        image_backbone("keypoints", regions=True)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="count must be 1 or more, got 0"):
        image_keypoints(0)
    with pytest.raises(ValueError, match=r"known size .* received the shape \(None, None, 8, 1\)"):
        image_keypoints(4)(keras.Input((None, 8, 1)))
