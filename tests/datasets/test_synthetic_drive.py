"""The sensors of the made-up drives against the truth they are made from."""

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.datasets import synthetic_drive
from multimodal_zoo.datasets.synthetic_drive import CLASSES, DRIVES, FOCAL_LENGTH, HEIGHT, KINDS, MOMENTS, SEED, WIDTH
from tests.datasets.readings import linear_accuracies, values_in_common


@pytest.fixture(scope="module")
def data(made_up):
    return made_up("synthetic-drive")


@pytest.fixture(scope="module")
def clips():
    """The truth behind the test split, record by record."""
    return [clip for drive in DRIVES["test"] for clip in synthetic_drive.clips_of(np.random.RandomState([SEED, drive]))]


def test_a_drive_is_in_one_split_and_shows_every_class_equally_often(data, clips):
    numbers = [number for drives in DRIVES.values() for number in drives]
    assert len(numbers) == len(set(numbers))
    for name, drives in DRIVES.items():
        by_drive = data.split(name).labels.reshape(len(drives), -1)
        assert all(np.bincount(labels, minlength=len(CLASSES)).tolist() == [2] * 6 for labels in by_drive)
    assert values_in_common(data, "radar") == 0
    np.testing.assert_array_equal(data.split("test").labels, [clip.label for clip in clips])


def test_things_move_as_their_class_says(clips):
    for clip in clips:
        one = clip.things[0]
        own = np.array([clip.speed, 0.0])
        np.testing.assert_allclose(np.diff(one.places, axis=0), np.tile(0.2 * (one.velocity - own), (5, 1)), atol=1e-9)
        ahead, left = one.velocity
        assert {"stands": ahead == left == 0, "goes ahead": ahead > 2 and left == 0, "crosses": abs(left) > 1}[
            one.motion
        ]
        # In our way now; what is in the next lane is not.
        assert abs(one.places[-1, 1]) < 1.3 and (one.places[:, 0] > 4).all()
        assert all(abs(other.places[-1, 1]) > 3 for other in clip.things[1:])


def test_gps_tells_our_own_speed(data, clips):
    errors = [fixes[:, 0] - clip.speed for fixes, clip in zip(data.split("test").columns["gps"], clips, strict=True)]
    errors = np.stack(errors)
    lost = np.isnan(errors)
    assert 0.1 < lost.mean() < 0.2
    assert abs(np.mean(errors[~lost])) < 0.05
    assert np.std(errors[~lost]) == pytest.approx(synthetic_drive.GPS_SPEED_NOISE, rel=0.1)


def test_radar_tells_where_a_thing_is_and_how_fast_it_comes_nearer(data, clips):
    errors, rates = [], []
    for returns, clip in zip(data.split("test").columns["radar"], clips, strict=True):
        one = clip.things[0]
        moments = np.abs(-returns[:, 4:] - MOMENTS).argmin(axis=1)
        np.testing.assert_allclose(MOMENTS[moments], -returns[:, 4], atol=1e-3)
        places = one.places[moments]
        near = np.linalg.norm(returns[:, :2] - places, axis=1) < 2.5
        distance = np.linalg.norm(places, axis=1)
        coming = places @ (one.velocity - [clip.speed, 0.0]) / distance
        errors.append(np.linalg.norm(returns[near, :2] - places[near], axis=1))
        rates.append(returns[near, 2] - coming[near])
    assert np.median(np.concatenate(errors)) < 1.2
    assert np.median(np.abs(np.concatenate(rates))) < 0.5
    # Some six sweeps of two echoes.
    assert 8 < np.mean([len(one) for one in errors]) < 14


def test_camera_shows_a_thing_where_it_is(data, clips):
    """The brightness at the middle of the thing, by the equations of a pinhole, is that of the thing."""
    found, wanted = [], []
    for frames, clip in zip(data.split("test").columns["camera"], clips, strict=True):
        one = clip.things[0]
        pixels = tf.stack([tf.io.decode_png(frame) for frame in frames]).numpy()[..., 0] / 255
        ahead, left = one.places.T
        column = WIDTH / 2 - FOCAL_LENGTH * left / ahead
        height = KINDS[one.kind].height / 2
        row = clip.drive.horizon + FOCAL_LENGTH * (synthetic_drive.CAMERA_HEIGHT - height) / ahead
        for moment in np.flatnonzero((column > 1) & (column < WIDTH - 1) & (row < HEIGHT - 1) & (ahead < 14)):
            found.append(pixels[moment, int(row[moment]), int(column[moment])])
            wanted.append(np.clip(clip.drive.road + one.shade, 0, 1))
    assert len(found) > 200
    assert np.median(np.abs(np.subtract(found, wanted))) < 0.06
    assert np.corrcoef(found, wanted)[0, 1] > 0.9


def test_a_linear_reading_of_one_sensor_is_far_from_solving_it(data):
    found = linear_accuracies(data)
    assert found["gps"] < 0.25
    assert found["camera"] < 0.6 and found["radar"] < 0.4, found
