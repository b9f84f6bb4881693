"""`synthetic-drive`: made-up drives with camera, radar and GPS; what is ahead of us, and does it move?"""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.drawn_pictures import png_pictures
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Points, Series, Video

SEED = 2020
DRIVES = {"train": range(0, 70), "validation": range(70, 85), "test": range(85, 115)}
CLIPS_PER_CLASS = 2  # of each drive
BESIDE = 0.4  # share of the clips with something else in the next lane
# Seconds of the moments of a clip, the last of which is now.
MOMENTS = np.linspace(-1.0, 0.0, 6)


@dataclasses.dataclass(frozen=True)
class Kind:
    """What things of a kind measure, in metres, and how strong their echo is, in dBsm."""

    width: float
    length: float
    height: float
    echo: float


KINDS = {"car": Kind(1.8, 4.2, 1.5, 9.0), "cyclist": Kind(0.6, 1.7, 1.7, 4.0)}
MOTIONS = ("stands", "goes ahead", "crosses")
CLASSES = tuple(f"{kind} {motion}" for kind, motion in itertools.product(KINDS, MOTIONS))

HEIGHT, WIDTH, FOCAL_LENGTH = 24, 40, 56.0  # pixels
CAMERA_HEIGHT = 1.3  # metres above the road
CAMERA_NOISE = 0.04  # standard deviation, full scale = 1

RETURNS, DETECTED = 3, 0.7  # echoes of a thing in a sweep of the radar, and the share of them that is detected
RANGE_NOISE, AZIMUTH_NOISE, SPEED_NOISE = 0.3, 0.03, 0.3  # metres, radians, metres per second
ECHO_OF_ASPECT, ECHO_NOISE = 7.0, 3.0  # dB: the first is drawn once for a thing, the second for each return

FIX_LOST = 0.15  # share of the moments without a GPS fix
GPS_SPEED_NOISE, GPS_COURSE_NOISE = 0.4, 3.0  # metres per second, degrees

CARD = DataSetCard(
    name="synthetic-drive",
    title="SYNTHETIC: camera, radar and GPS of a drive; a car or cyclist ahead that stands, goes ahead or crosses",
    task="classification",
    licence="Apache-2.0 (made by this package)",
    source="built in",
    citation="none",
    protocols={"default": ", ".join(f"{len(drives)} drives for {name}" for name, drives in DRIVES.items())},
    synthetic=True,
    notes=(
        "The camera shows what is ahead, often badly, and whether it moves sideways; the radar how fast we come "
        "nearer; the GPS how fast we go. In two of five clips something else is in the next lane."
    ),
)


@dataclasses.dataclass(frozen=True)
class Drive:
    """What all clips of a drive share.

    Args:
        contrast: of things against the road, full scale = 1: small at night and in fog.
        road, horizon: brightness of the road, and the row of the picture at which it ends.
        azimuth: by how many radians the radar is turned to the left of where it should look.
        course: of the road, in degrees from north.
    """

    contrast: float
    road: float
    horizon: float
    azimuth: float
    course: float


@dataclasses.dataclass(frozen=True)
class Thing:
    """Something on the road.

    Args:
        kind, motion: what it is and does.
        velocity: over ground, metres per second ahead and to the left.
        places: `(moments, 2)` metres ahead of us and to our left.
        shade: its brightness against that of the road, 1 or -1 times the contrast of the drive.
        echo: dBsm.
    """

    kind: str
    motion: str
    velocity: np.ndarray
    places: np.ndarray
    shade: float
    echo: float


@dataclasses.dataclass(frozen=True)
class Clip:
    """The truth behind a record: the drive, our own speed in metres per second, and what is on the road.

    The label says what the first thing is and does: the one that is in our way.
    """

    drive: Drive
    speed: float
    things: tuple[Thing, ...]

    @property
    def label(self) -> int:
        """Number of the class."""
        return CLASSES.index(f"{self.things[0].kind} {self.things[0].motion}")


@register_data_set(CARD)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Make the records; the classes are equally frequent in every drive."""
    modalities = {
        "camera": Video(len(MOMENTS), HEIGHT, WIDTH, 1),
        "radar": Points(features=5, points=48),
        "gps": Series(features=2, steps=len(MOMENTS), keep="oldest", align="given"),
    }
    return DataSet(card, protocol, modalities, CLASSES, {name: records_of(drives) for name, drives in DRIVES.items()})


def records_of(drives: range) -> Records:
    """What the sensors recorded on these drives."""
    columns: dict[str, list[object]] = {"camera": [], "radar": [], "gps": []}
    labels = []
    for number in drives:
        random = np.random.RandomState([SEED, number])  # its stream is frozen, unlike that of NumPy's newer generators
        for clip in clips_of(random):
            columns["camera"].append(png_pictures(camera(clip, random)))
            columns["radar"].append(radar(clip, random))
            columns["gps"].append(gps(clip, random))
            labels.append(clip.label)
    return Records({name: column(values) for name, values in columns.items()}, np.array(labels, np.int32))


def clips_of(random: np.random.RandomState) -> list[Clip]:
    """The clips of one drive, in an order at random."""
    drive = Drive(
        contrast=random.uniform(0.12, 0.5),
        road=random.uniform(0.3, 0.6),
        horizon=HEIGHT * random.uniform(0.25, 0.4),
        azimuth=random.uniform(-0.03, 0.03),
        course=random.uniform(0, 360),
    )
    clips = []
    for label in random.permutation(CLIPS_PER_CLASS * len(CLASSES)) % len(CLASSES):
        kind, motion = CLASSES[label].split(" ", 1)
        speed = random.uniform(5, 18)
        things = [thing(kind, motion, speed, random.uniform(-1.2, 1.2), drive, random)]
        if random.uniform() < BESIDE:
            beside = random.choice([-1, 1]) * random.uniform(3.2, 5.0)
            other = random.choice(list(KINDS)), random.choice(["stands", "goes ahead"])
            things.append(thing(*other, speed, beside, drive, random))
        clips.append(Clip(drive, speed, tuple(things)))
    return clips


def thing(kind: str, motion: str, own_speed: float, left: float, drive: Drive, random: np.random.RandomState) -> Thing:
    """Something that is now 8 to 22 metres ahead and so far to the left."""
    velocity = {
        "stands": np.zeros(2),
        "goes ahead": np.array([random.uniform(2.5, own_speed + 3), 0.0]),
        "crosses": np.array([0.0, random.choice([-1, 1]) * random.uniform(1.5, 4.0)]),
    }[motion]
    now = np.array([random.uniform(8, 22), left])
    places = now + MOMENTS[:, None] * (velocity - [own_speed, 0.0])
    shade = random.choice([-1, 1]) * drive.contrast
    echo = KINDS[kind].echo + random.uniform(-ECHO_OF_ASPECT, ECHO_OF_ASPECT)
    return Thing(kind, motion, velocity, places, shade, echo)


def camera(clip: Clip, random: np.random.RandomState) -> np.ndarray:
    """Frames `(moments, height, width)` of a camera that looks ahead: the nearer a thing, the larger it is."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    drive = clip.drive
    pixels = np.repeat(np.where(rows < drive.horizon, drive.road + 0.2, drive.road)[None], len(MOMENTS), axis=0)
    for one in sorted(clip.things, key=lambda other: -other.places[-1, 0]):
        ahead, left = one.places.T[:, :, None, None]
        size = KINDS[one.kind]
        scale = FOCAL_LENGTH / ahead
        across = (size.length if one.motion == "crosses" else size.width) * scale
        bottom = drive.horizon + CAMERA_HEIGHT * scale
        beside = covered(columns, WIDTH / 2 - left * scale - across / 2, WIDTH / 2 - left * scale + across / 2)
        inside = beside * covered(rows, bottom - size.height * scale, bottom)
        pixels = pixels + inside * (drive.road + one.shade - pixels)
    return pixels + CAMERA_NOISE * random.standard_normal(pixels.shape)


def covered(centres: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The share of each pixel between `start` and `end`, by the places of the pixels' centres."""
    return np.clip(np.minimum(centres + 0.5, end) - np.maximum(centres - 0.5, start), 0, 1)


def radar(clip: Clip, random: np.random.RandomState) -> np.ndarray:
    """Returns `(returns, 5)` of all sweeps: metres ahead and to the left, range rate, echo in dBsm, age in seconds."""
    returns = []
    for moment, seconds in enumerate(MOMENTS):
        for one in clip.things:
            count = random.binomial(RETURNS, DETECTED)
            on_it = one.places[moment] + random.uniform(-0.5, 0.5, (count, 2)) * KINDS[one.kind].width
            returns.append(echoes(on_it, one.velocity, one.echo, seconds))
        posts = random.uniform((5, 4), (40, 8), (random.binomial(3, 0.5), 2)) * [1, random.choice([-1, 1])]
        returns.append(echoes(posts, np.zeros(2), random.uniform(-5, 15), seconds))
        # Echoes that went a long way round: they come from nowhere at any speed.
        ghosts = random.uniform((5, -8), (40, 8), (random.binomial(3, 0.5), 2))
        returns.append(echoes(ghosts, np.array([random.uniform(-10, 25), 0.0]), random.uniform(-5, 15), seconds))
    return measured(random.permutation(np.concatenate(returns)), clip, random)


def echoes(places: np.ndarray, velocity: np.ndarray, strength: float, seconds: float) -> np.ndarray:
    """True place, velocity, strength and moment of each return, `(returns, 6)`."""
    return np.column_stack([places, np.tile([*velocity, strength, seconds], (len(places), 1))])


def measured(returns: np.ndarray, clip: Clip, random: np.random.RandomState) -> np.ndarray:
    """What the radar tells of returns `(returns, 6)`, see `radar`."""
    places, velocities, strength, seconds = np.split(returns, [2, 4, 5], axis=1)
    noise = random.standard_normal((4, len(returns))) * [[RANGE_NOISE], [AZIMUTH_NOISE], [SPEED_NOISE], [ECHO_NOISE]]
    distance = np.linalg.norm(places, axis=1)
    rate = np.sum(places * (velocities - [clip.speed, 0.0]), axis=1) / distance + noise[2]
    azimuth = np.arctan2(places[:, 1], places[:, 0]) - clip.drive.azimuth + noise[1]
    distance = distance + noise[0]
    told = [distance * np.cos(azimuth), distance * np.sin(azimuth), rate, strength[:, 0] + noise[3], -seconds[:, 0]]
    return np.stack(told, axis=1).round(3).astype(np.float32)


def gps(clip: Clip, random: np.random.RandomState) -> np.ndarray:
    """Fixes `(moments, 2)`: speed over ground in metres per second, course in degrees; NaN where there is no fix."""
    speed = clip.speed + GPS_SPEED_NOISE * random.standard_normal(len(MOMENTS))
    course = (clip.drive.course + GPS_COURSE_NOISE * random.standard_normal(len(MOMENTS))) % 360
    fixes = np.stack([speed, course], axis=1).round(3).astype(np.float32)
    fixes[random.uniform(size=len(MOMENTS)) < FIX_LOST] = np.nan
    return fixes
