"""`synthetic-interaction`: made-up people in a virtual room; what they want, by hand, face and voice together."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.drawn_pictures import png_pictures
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Audio, Image, Series, wav_bytes

SEED = 2020
PEOPLE = {"train": range(0, 70), "validation": range(70, 85), "test": range(85, 115)}
TIMES = 2  # a person shows each intent
READINGS, READINGS_PER_SECOND = 40, 20  # of the hand
SIDE = 32  # of the picture of the face, pixels
SAMPLE_RATE, SECONDS = 8000, 0.6

FACES = {"smile": 1.0, "neutral": 0.0, "frown": -1.0}  # how far the corners of the mouth go up
MELODIES = {"rising": 1.0, "falling": -1.0}
# What the hand does, and which faces and melodies of the voice may go with it: where there are several, they say
# nothing. No sensor alone tells an intent from all others, nor do voice and face together.
INTENTS = {
    "select": ("point", tuple(FACES), ("falling",)),
    "ask about": ("point", tuple(FACES), ("rising",)),
    "greet": ("wave", ("smile",), tuple(MELODIES)),
    "send away": ("wave", ("frown",), tuple(MELODIES)),
    "hand over": ("grab", ("smile",), ("rising",)),
    "throw away": ("grab", ("frown",), ("falling",)),
}
CLASSES = tuple(INTENTS)

CARD = DataSetCard(
    name="synthetic-interaction",
    title="SYNTHETIC: motion of a hand, picture of a face, sound of a voice; what the person wants",
    task="classification",
    licence="Apache-2.0 (made by this package)",
    source="built in",
    citation="none",
    protocols={"default": ", ".join(f"{len(people)} people for {name}" for name, people in PEOPLE.items())},
    synthetic=True,
    notes=(
        "The hand alone can be right in half of the records at best, face or voice alone in two of five. People differ "
        "in reach, handedness, tremor, face and pitch."
    ),
)


@dataclasses.dataclass(frozen=True)
class Person:
    """What all records of a person share.

    Args:
        reach: length of the arm, metres.
        side: 1 with the right hand, -1 with the left.
        tremor: of the hand, metres.
        pitch: of the voice, hertz.
        vowels: two formants, hertz.
        mouth: how far the corners of the mouth go up when nothing is meant by it.
        width: of the face, 1 on average.
        skin: brightness, 0 to 1.
    """

    reach: float
    side: int
    tremor: float
    pitch: float
    vowels: tuple[float, float]
    mouth: float
    width: float
    skin: float


@dataclasses.dataclass(frozen=True)
class Act:
    """The truth behind a record: who, what is wanted, and what hand, face and voice do."""

    person: Person
    intent: str
    gesture: str
    face: str
    melody: str


@register_data_set(CARD)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Make the records; everybody shows every intent equally often."""
    modalities = {
        "hand": Series(features=3, steps=READINGS, keep="oldest", align="given"),
        "face": Image(SIDE, SIDE, 1),
        "speech": Audio(SAMPLE_RATE, SECONDS),
    }
    return DataSet(card, protocol, modalities, CLASSES, {name: records_of(people) for name, people in PEOPLE.items()})


def records_of(people: range) -> Records:
    """What the sensors recorded of these people."""
    acts, hands, faces, voices = [], [], [], []
    for number in people:
        random = np.random.RandomState([SEED, number])  # its stream is frozen, unlike that of NumPy's newer generators
        for act in acts_of(random):
            acts.append(act)
            hands.append(hand(act, random))
            faces.append(face(act, random))
            voices.append(wav_bytes(speech(act, random), SAMPLE_RATE))
    columns = {"hand": column(hands), "face": column(png_pictures(np.stack(faces))), "speech": column(voices)}
    return Records(columns, np.array([CLASSES.index(act.intent) for act in acts], np.int32))


def acts_of(random: np.random.RandomState) -> list[Act]:
    """What one person does, in an order at random."""
    person = Person(
        reach=random.uniform(0.5, 0.8),
        side=1 if random.uniform() < 0.8 else -1,
        tremor=random.uniform(0.005, 0.03),
        pitch=random.uniform(90, 250),
        vowels=(random.uniform(300, 900), random.uniform(1000, 2300)),
        mouth=random.uniform(-0.3, 0.3),
        width=random.uniform(0.85, 1.15),
        skin=random.uniform(0.45, 0.9),
    )
    acts = []
    for number in random.permutation(TIMES * len(CLASSES)):
        gesture, faces, melodies = INTENTS[CLASSES[number % len(CLASSES)]]
        acts.append(Act(person, CLASSES[number % len(CLASSES)], gesture, random.choice(faces), random.choice(melodies)))
    return acts


def hand(act: Act, random: np.random.RandomState) -> np.ndarray:
    """Places `(readings, 3)` of the hand: metres right of, above and before the eyes; NaN where it was lost."""
    time = np.arange(READINGS) / READINGS_PER_SECOND
    onset, lasts = random.uniform(0.1, 0.6), random.uniform(0.3, 0.6)
    there = progress(time, onset, lasts)
    rest = np.array([0.3, -0.7, 0.2])
    if act.gesture == "wave":
        goal = np.array([0.4, random.uniform(-0.3, 0.2), random.uniform(0.5, 0.9)])
    else:
        goal = np.array([random.uniform(-0.2, 0.5), random.uniform(-0.5, 0.1), random.uniform(0.8, 1.0)])
    if act.gesture == "grab":
        # Back to the body, with what was taken.
        there = there - 0.6 * progress(time, onset + lasts + 0.1, lasts)
    places = rest + there[:, None] * (goal - rest)
    if act.gesture == "wave":
        places[:, 0] += 0.15 * there**4 * np.sin(2 * np.pi * random.uniform(1.5, 2.5) * time + random.uniform(0, 7))
    places = act.person.reach * places * [act.person.side, 1, 1]
    places = places + act.person.tremor * random.standard_normal(places.shape)
    if random.uniform() < 0.5:
        lost = random.randint(0, READINGS - 8)
        places[lost : lost + random.randint(3, 9)] = np.nan
    return places.round(4).astype(np.float32)


def progress(time: np.ndarray, start: float, lasts: float) -> np.ndarray:
    """From 0 before a movement to 1 behind it, smoothly."""
    share = np.clip((time - start) / lasts, 0, 1)
    return share**2 * (3 - 2 * share)


def face(act: Act, random: np.random.RandomState) -> np.ndarray:
    """The picture `(side, side)` of the face, 0 to 1, lit from one side, not quite in the middle."""
    y, x = (np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2) / (SIDE / 2)
    x, y = x - random.uniform(-0.1, 0.1), y - random.uniform(-0.1, 0.1)
    x = x / act.person.width
    head = np.clip(8 * (1 - (x / 0.7) ** 2 - (y / 0.9) ** 2), 0, 1)
    meant = FACES[act.face] * random.uniform(0.6, 1.0)
    # Corners of the mouth up: its middle hangs lower than they do. Brows go down towards the nose in a frown.
    mouth = line(y - 0.45 + 1.5 * (meant + act.person.mouth) * (x**2 - 0.06), np.abs(x) < 0.38)
    brows = line(y + 0.42 + 0.2 * min(meant, 0) * (0.6 - np.abs(x)), np.abs(np.abs(x) - 0.3) < 0.17)
    eyes = np.clip(8 * (1 - ((np.abs(x) - 0.3) / 0.11) ** 2 - ((y + 0.2) / 0.09) ** 2), 0, 1)
    light = 1 + random.uniform(-0.4, 0.4) * x
    pixels = 0.2 + head * (act.person.skin * light - 0.2)
    pixels = pixels * (1 - random.uniform(0.5, 0.9) * np.clip(mouth + brows + eyes, 0, 1))
    return pixels + 0.05 * random.standard_normal(pixels.shape)


def line(distance: np.ndarray, within: np.ndarray) -> np.ndarray:
    """How dark a line is drawn, 0 to 1, by the distance of each pixel from it."""
    return np.clip(1.5 - np.abs(distance) / 0.05, 0, 1) * within


def speech(act: Act, random: np.random.RandomState) -> np.ndarray:
    """The waveform `(samples,)` of a vowel whose pitch rises or falls by some half-tones, in noise."""
    time = np.arange(round(SAMPLE_RATE * SECONDS)) / SAMPLE_RATE
    half_tones = MELODIES[act.melody] * random.uniform(3, 7) * (time / SECONDS - 0.5)
    pitch = act.person.pitch * 2 ** ((half_tones + random.uniform(-2, 2)) / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    harmonics = np.arange(1, 13)
    strengths = sum(1 / (1 + ((harmonics * act.person.pitch - one) / 200) ** 2) for one in act.person.vowels) + 0.1
    voiced = strengths @ np.sin(harmonics[:, None] * phase)
    voiced = voiced * np.clip(1.3 * np.sin(np.pi * time / SECONDS), 0, 1)
    noise = random.uniform(0.3, 0.8) * np.sqrt(np.mean(voiced**2)) * random.standard_normal(len(time))
    return random.uniform(0.1, 0.3) * (voiced + noise) / np.abs(voiced).max()
