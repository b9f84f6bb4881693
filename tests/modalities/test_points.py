"""Sets of points by hand."""

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import Points, batch_records

NAN, INF = np.nan, np.inf
AS_READ = {"mean": (0.0, 0.0, 0.0), "variance": (1.0, 1.0, 1.0)}


def decoded(points, *values):
    return points.decode(batch_records({"x": points}, [{"x": value} for value in values])["x"])


def test_points_are_standardised_and_padded():
    points = Points(2, 3).adapt([[[0, 10], [2, 30]]])
    (tensor,) = decoded(points, [[2, 20], [1, 40]]).tensor.numpy()
    np.testing.assert_allclose(tensor, [[1, 0, 1], [0, 2, 1], [0, 0, 0]], atol=1e-6)


def test_of_more_points_evenly_spread_ones_are_kept():
    points = Points(1, 4, mean=(0.0,), variance=(1.0,))
    (tensor,) = decoded(points, list(range(100, 110))).tensor.numpy()
    assert tensor.tolist() == [[101, 1], [103, 1], [106, 1], [108, 1]]


def test_a_point_that_lacks_a_number_is_nowhere():
    points = Points(3, 3, **AS_READ)
    found = decoded(points, [[1, 2, NAN], [4, 5, 6], [7, INF, 9], [1, 1, 1]], [[1, 2, NAN]], [], [[7, 8, 9]])
    np.testing.assert_array_equal(found.tensor[0], [[4, 5, 6, 1], [1, 1, 1, 1], [0, 0, 0, 0]])
    assert found.given.numpy().tolist() == [True, True, False, True]
    assert found.present.numpy().tolist() == [True, False, False, True]
    assert not found.tensor[1].numpy().any() and not found.tensor[2].numpy().any()


def test_turning_keeps_distances_heights_and_angles_between():
    points = Points(5, 6, rotate=180.0, horizontal=(0, 1, 3, 4)).adapt(
        [np.random.default_rng(0).normal([5, 1, 0, -3, 2], [9, 2, 1, 4, 1], (50, 5))]
    )
    raw = np.random.default_rng(1).normal([5, 1, 0, -3, 2], [9, 2, 1, 4, 1], (4, 5)).astype("float32")
    tensor = tf.repeat(decoded(points, raw).tensor, 30, axis=0)
    varied = points.augment(tensor, tf.constant([3, 4], tf.int64)).numpy()
    assert not varied[:, 4:].any() and (varied[:, :4, 5] == 1).all()
    turned = varied[:, :4, :5] * np.sqrt(points.variance) + points.mean
    np.testing.assert_allclose(turned[..., 2], np.broadcast_to(raw[:, 2], (30, 4)), atol=1e-4)
    # As complex numbers, all places and velocities of a set are turned by one factor of length 1.
    for x, y in ((0, 1), (3, 4)):
        factors = (turned[..., x] + 1j * turned[..., y]) / (raw[:, x] + 1j * raw[:, y])
        np.testing.assert_allclose(np.abs(factors), 1, atol=1e-3)
        np.testing.assert_allclose(factors, np.broadcast_to(factors[:, :1], factors.shape), atol=1e-3)
        angles = np.degrees(np.angle(factors[:, 0]))
        assert angles.min() < -90 and angles.max() > 90


def test_dropping_leaves_the_last_point_and_padding_empty():
    points = Points(3, 200, drop=0.25, **AS_READ)
    many = np.ones((190, 3), "float32")
    tensor = decoded(points, many, [[1, 1, 1]]).tensor
    varied = points.augment(tf.repeat(tensor, 10, axis=0), tf.constant([0, 1], tf.int64)).numpy()
    mask = varied[..., 3]
    assert 0.2 < 1 - mask[:10, :190].mean() < 0.3 and not mask[:, 190:].any()
    assert (mask[10:, 0] == 1).all()
    np.testing.assert_array_equal(varied[..., 0], mask)


def test_noise_moves_points_and_no_padding():
    points = Points(3, 500, noise=0.5, **AS_READ)
    varied = points.augment(decoded(points, np.zeros((400, 3))).tensor, tf.constant([0, 1], tf.int64)).numpy()
    assert 0.45 < varied[0, :400, :3].std() < 0.55 and not varied[0, 400:].any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"horizontal": (0, 1, 2)}, "two by two"),
        ({"horizontal": (0, 0)}, "each once"),
        ({"horizontal": (0, 3), "rotate": 10.0}, "columns that 3 features do not have"),
        ({"drop": 1.0}, "drop is a share"),
        ({"points": 0}, "points has to be greater than 0"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        Points(**{"features": 3, "points": 4, **arguments})
