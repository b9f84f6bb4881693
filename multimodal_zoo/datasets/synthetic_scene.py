"""`synthetic-scene`: made-up rooms under watch, with camera, microphone and a vibration sensor in the floor."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.drawn_pictures import png_pictures
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Audio, Series, Video, wav_bytes

SEED = 2020
SCENES = {"train": range(0, 70), "validation": range(70, 85), "test": range(85, 115)}
SECONDS = 1.5  # of a clip
FRAMES, HEIGHT, WIDTH = 6, 24, 32
SAMPLE_RATE = 8000
READINGS = 30

# What the camera sees, the microphone hears and the floor feels in the clips of a scene. Whatever one of the three
# notices may be harmless: someone picks something up, children race, a bottle breaks, a lorry passes.
CLIPS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "normal": (
        ("walk", "hush", "still"),
        ("drop", "hush", "still"),
        ("rush", "hush", "thump"),
        ("walk", "shout", "still"),
        ("walk", "crash", "still"),
        ("walk", "hush", "thump"),
    ),
    "fall": (("drop", "hush", "thump"),) * 2,
    "fight": (("rush", "shout", "still"), ("rush", "shout", "thump")),
    "break-in": (("walk", "crash", "thump"),) * 2,
}
CLASSES = tuple(CLIPS)

CARD = DataSetCard(
    name="synthetic-scene",
    title="SYNTHETIC: camera, microphone and floor sensor of a room; normal, a fall, a fight or a break-in",
    task="classification",
    licence="Apache-2.0 (made by this package)",
    source="built in",
    citation="none",
    protocols={"default": ", ".join(f"{len(scenes)} scenes for {name}" for name, scenes in SCENES.items())},
    synthetic=True,
    notes=(
        "A sensor alone can be right in two of three clips at best: what it notices may be harmless. Half of the clips "
        "are normal."
    ),
)


@dataclasses.dataclass(frozen=True)
class Scene:
    """What all clips of a room share.

    Args:
        wall: `(height, width)`, the picture of the empty room, 0 to 1.
        contrast: of people against the wall, full scale = 1.
        hum, hiss: loudness of the microphone's two noises, full scale = 1.
        floor: noise of the vibration sensor, mm/s.
    """

    wall: np.ndarray
    contrast: float
    hum: float
    hiss: float
    floor: float


@dataclasses.dataclass(frozen=True)
class Clip:
    """The truth behind a record: the room, what happens, what is seen, heard and felt of it, and when, in seconds."""

    scene: Scene
    event: str
    seen: str
    heard: str
    felt: str
    moment: float


@register_data_set(CARD)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Make the records: the same clips in every room, in an order at random."""
    modalities = {
        "video": Video(FRAMES, HEIGHT, WIDTH, 1),
        "audio": Audio(SAMPLE_RATE, SECONDS),
        "sensor": Series(features=1, steps=READINGS),
    }
    return DataSet(card, protocol, modalities, CLASSES, {name: records_of(scenes) for name, scenes in SCENES.items()})


def records_of(scenes: range) -> Records:
    """What the sensors recorded in these rooms."""
    columns: dict[str, list[object]] = {"video": [], "audio": [], "sensor": []}
    labels = []
    for number in scenes:
        random = np.random.RandomState([SEED, number])  # its stream is frozen, unlike that of NumPy's newer generators
        for clip in clips_of(random):
            columns["video"].append(png_pictures(video(clip, random)))
            columns["audio"].append(wav_bytes(audio(clip, random), SAMPLE_RATE))
            columns["sensor"].append(sensor(clip, random))
            labels.append(CLASSES.index(clip.event))
    return Records({name: column(values) for name, values in columns.items()}, np.array(labels, np.int32))


def clips_of(random: np.random.RandomState) -> list[Clip]:
    """The clips of one room, in an order at random."""
    scene = Scene(
        wall=empty_room(random),
        contrast=random.choice([-1, 1]) * random.uniform(0.15, 0.4),
        hum=random.uniform(0.0, 0.05),
        hiss=random.uniform(0.01, 0.04),
        floor=random.uniform(0.1, 0.25),
    )
    happenings = [(event, seen, heard, felt) for event, clips in CLIPS.items() for seen, heard, felt in clips]
    order = random.permutation(len(happenings))
    return [Clip(scene, *happenings[int(number)], random.uniform(0.5, 1.0)) for number in order]


def empty_room(random: np.random.RandomState) -> np.ndarray:
    """`(height, width)`: a few waves of light and dark, for furniture."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [
        np.cos(
            2 * np.pi * (random.uniform(-2, 2) * x / WIDTH + random.uniform(-2, 2) * y / HEIGHT) + random.uniform(0, 7)
        )
        for _ in range(4)
    ]
    return 0.5 + 0.04 * np.sum(waves, axis=0)


def video(clip: Clip, random: np.random.RandomState) -> np.ndarray:
    """Frames `(frames, height, width)` of the room with one or two people in it."""
    times = np.arange(FRAMES) * SECONDS / FRAMES
    pixels = np.repeat(clip.scene.wall[None], FRAMES, axis=0)
    for across, down, tall in people(clip, times, random):
        pixels = pixels + (clip.scene.contrast * person(across, down, tall))
    return pixels + 0.05 * random.standard_normal(pixels.shape)


def people(
    clip: Clip, times: np.ndarray, random: np.random.RandomState
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each person the column, the row and whether upright (1) or bent down (0), at each time."""
    upright = np.ones(len(times))
    row = random.uniform(10, 13)
    if clip.seen == "rush":
        # Two run at each other and stay close.
        meet, start = random.uniform(10, WIDTH - 10), random.uniform(9, 14)
        apart = np.maximum(start * (clip.moment - times) / clip.moment, 2 + random.uniform(-1, 1, len(times)))
        return [(meet + side * apart, np.full(len(times), row), upright) for side in (-1, 1)]
    walkers = []
    for _ in range(random.randint(1, 3)):
        speed = random.choice([-1, 1]) * random.uniform(4, 12)  # columns per second
        walkers.append(
            (random.uniform(8, WIDTH - 8) + speed * (times - SECONDS / 2), np.full(len(times), row), upright)
        )
        row = row + random.uniform(-2, 2)
    if clip.seen == "drop":
        across, down, _ = walkers[0]
        low = times >= clip.moment
        stopped = np.where(low, across[np.argmax(low)], across)
        walkers[0] = (stopped, np.where(low, down + 4, down), np.where(low, 0.0, 1.0))
    return walkers


def person(across: np.ndarray, down: np.ndarray, tall: np.ndarray) -> np.ndarray:
    """How much of each pixel a person covers, `(frames, height, width)`."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    half_width, half_height = (np.where(tall > 0, *sizes)[:, None, None] for sizes in ((2.0, 4.0), (5.5, 2.5)))
    x, y = columns - across[:, None, None], rows - down[:, None, None]
    return np.clip(2 * (1 - (x / half_width) ** 2 - (y / half_height) ** 2), 0, 1)


def audio(clip: Clip, random: np.random.RandomState) -> np.ndarray:
    """The waveform `(samples,)`: people murmur, and someone may shout or something break."""
    time = np.arange(round(SAMPLE_RATE * SECONDS)) / SAMPLE_RATE
    sound = clip.scene.hum * np.sin(2 * np.pi * 100 * time) + clip.scene.hiss * random.standard_normal(len(time))
    add(sound, random.uniform(0, 1), random.uniform(0.02, 0.08) * voice(random.uniform(110, 220), random))
    if clip.heard == "shout":
        add(sound, clip.moment, random.uniform(0.05, 0.2) * voice(random.uniform(260, 420), random))
    if clip.heard == "crash":
        add(sound, clip.moment, random.uniform(0.1, 0.4) * crash(random))
    return sound


def add(sound: np.ndarray, start: float, other: np.ndarray) -> None:
    """Let another sound be heard from so many seconds on."""
    first = round(start * SAMPLE_RATE)
    sound[first : first + len(other)] += other[: len(sound) - first]


def voice(pitch: float, random: np.random.RandomState) -> np.ndarray:
    """A vowel of 0.4 seconds whose pitch, in hertz, rises and falls a little."""
    time = np.arange(round(0.4 * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * pitch * (time + 0.01 * np.sin(2 * np.pi * 3 * time))
    harmonics = np.arange(1, 8)
    return np.sin(np.pi * time / 0.4) * (random.uniform(0.3, 1, 7) / harmonics @ np.sin(harmonics[:, None] * phase))


def crash(random: np.random.RandomState) -> np.ndarray:
    """Something breaks: a burst of noise, and four pieces that ring, for 0.4 seconds."""
    time = np.arange(round(0.4 * SAMPLE_RATE)) / SAMPLE_RATE
    ringing = np.sin(2 * np.pi * random.uniform(1500, 3600, (4, 1)) * time).sum(axis=0) / 2
    return random.standard_normal(len(time)) * np.exp(-time / 0.05) + ringing * np.exp(-time / 0.12)


def sensor(clip: Clip, random: np.random.RandomState) -> np.ndarray:
    """Readings `(readings, 1)` of how fast the floor swings, mm/s: steps, and perhaps a thump."""
    times = np.arange(READINGS) * SECONDS / READINGS
    floor = clip.scene.floor * random.standard_normal(READINGS)
    floor = floor + random.uniform(0, 0.4) * np.maximum(np.sin(2 * np.pi * (2 * times + random.uniform())), 0) ** 4
    if clip.felt == "thump":
        after = times - clip.moment
        swing = np.cos(2 * np.pi * 7 * after) * np.exp(-after / 0.12)
        floor = floor + random.uniform(0.6, 1.8) * np.where(after >= 0, swing, 0)
    return floor[:, None].round(3).astype(np.float32)
