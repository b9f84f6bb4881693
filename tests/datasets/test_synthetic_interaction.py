"""The sensors of the made-up people against the truth they are made from."""

import dataclasses

import numpy as np
import pytest

from multimodal_zoo.datasets import synthetic_interaction
from multimodal_zoo.datasets.synthetic_interaction import (
    CLASSES,
    FACES,
    INTENTS,
    MELODIES,
    PEOPLE,
    SAMPLE_RATE,
    SEED,
    SIDE,
)
from tests.datasets.readings import linear_accuracies, values_in_common


@pytest.fixture(scope="module")
def data(made_up):
    return made_up("synthetic-interaction")


@pytest.fixture(scope="module")
def acts():
    """The truth behind the test split, record by record."""
    return [
        act for person in PEOPLE["test"] for act in synthetic_interaction.acts_of(np.random.RandomState([SEED, person]))
    ]


def best_share(sensors):
    """Share of the records that who notices this much, without noise, can be right in."""
    shares = {}
    for intent, (gesture, faces, melodies) in INTENTS.items():
        for face in faces:
            for melody in melodies:
                noticed = tuple((gesture, face, melody)[number] for number in sensors)
                by_intent = shares.setdefault(noticed, dict.fromkeys(INTENTS, 0.0))
                by_intent[intent] += 1 / len(faces) / len(melodies) / len(INTENTS)
    return sum(max(by_intent.values()) for by_intent in shares.values())


def test_no_sensor_decides_alone_and_all_together_do():
    assert [best_share([number]) for number in range(3)] == pytest.approx([1 / 2, 7 / 18, 1 / 3])
    assert all(best_share(two) < 0.9 for two in ([0, 1], [0, 2], [1, 2]))
    assert best_share([0, 1, 2]) == pytest.approx(1)


def test_a_person_is_in_one_split_and_shows_every_intent_twice(data, acts):
    numbers = [number for people in PEOPLE.values() for number in people]
    assert len(numbers) == len(set(numbers))
    for name, people in PEOPLE.items():
        by_person = data.split(name).labels.reshape(len(people), -1)
        assert all(np.bincount(labels).tolist() == [2] * len(CLASSES) for labels in by_person)
    assert values_in_common(data, "face") == 0
    for label, act in zip(data.split("test").labels, acts, strict=True):
        gesture, faces, melodies = INTENTS[act.intent]
        assert CLASSES[label] == act.intent and act.gesture == gesture
        assert act.face in faces and act.melody in melodies


def pitch_of(samples):
    """The pitch, in hertz, at which a piece of sound repeats itself best."""
    lags = np.arange(SAMPLE_RATE // 420, SAMPLE_RATE // 60)
    alike = [np.corrcoef(samples[:-lag], samples[lag:])[0, 1] for lag in lags]
    # The shortest that is nearly as good: multiples of it repeat as well.
    return SAMPLE_RATE / lags[np.argmax(np.array(alike) > 0.9 * np.max(alike))]


def test_the_pitch_of_the_voice_rises_or_falls(data, acts):
    right = []
    for sound, act in list(zip(data.split("test").columns["speech"], acts, strict=True))[:100]:
        samples = np.frombuffer(sound[44:], "<i2").astype("float64")
        early, late = pitch_of(samples[700:1700]), pitch_of(samples[3100:4100])
        right.append((late > early) == (MELODIES[act.melody] > 0))
    assert np.mean(right) > 0.9


def test_the_corners_of_the_mouth_go_up_in_a_smile(acts):
    """How far below its middle the corners of the mouth are, by where pictures of a face are darkest."""
    person = dataclasses.replace(acts[0].person, mouth=0.0, width=1.0)
    lower = {}
    for name in FACES:
        meant = dataclasses.replace(acts[0], person=person, face=name)
        found = []
        for seed in range(60):
            pixels = synthetic_interaction.face(meant, np.random.RandomState(seed))
            draws = np.random.RandomState(seed)
            x, y = (round((SIDE - 1) / 2 + draws.uniform(-0.1, 0.1) * SIDE / 2) for _ in range(2))
            mouth = y + round(0.45 * SIDE / 2) + np.arange(-3, 4)
            darkest = {side: pixels[mouth, x + side].argmin() for side in (-5, 0, 5)}
            found.append((darkest[-5] + darkest[5]) / 2 - darkest[0])
        lower[name] = np.mean(found)
    assert lower["smile"] < lower["neutral"] - 0.5 < lower["frown"] - 1


def test_the_hand_points_waves_or_takes(acts):
    """How far ahead it ends, and how far it swings sideways, tell the three apart."""
    steady = dataclasses.replace(acts[0].person, tremor=0.0, reach=1.0, side=1)
    ahead, swings = {}, {}
    for gesture in ("point", "wave", "grab"):
        act = dataclasses.replace(acts[0], person=steady, gesture=gesture)
        paths = np.stack([synthetic_interaction.hand(act, np.random.RandomState(seed)) for seed in range(40)])
        ahead[gesture] = np.nanmedian(paths[:, -5:, 2])
        swings[gesture] = np.median(np.nanstd(paths[:, 25:, 0], axis=1))
    assert ahead["point"] > 0.8 and ahead["grab"] < 0.6
    assert swings["wave"] > 2 * max(swings["point"], swings["grab"])
    left = dataclasses.replace(acts[0], person=dataclasses.replace(steady, side=-1))
    right = dataclasses.replace(acts[0], person=steady)
    paths = [synthetic_interaction.hand(one, np.random.RandomState(0)) for one in (left, right)]
    np.testing.assert_array_equal(paths[0], paths[1] * np.float32([-1, 1, 1]))


def test_a_linear_reading_of_one_sensor_is_far_from_solving_it(data):
    found = linear_accuracies(data)
    assert found["hand"] < 0.55 and found["face"] < 0.4 and found["speech"] < 0.4, found
