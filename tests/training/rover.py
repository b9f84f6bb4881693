"""A tiny data set and model of a series, a video and a set of points, each of which alone tells the class."""

from __future__ import annotations

import keras
import numpy as np

from multimodal_zoo.datasets import Records, column
from multimodal_zoo.encoders import SplitMask, deep_sets, frames_lstm, image_cnn, tcn
from multimodal_zoo.fusion import fuse, silence_absent
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Modality, Points, Series, Video
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, attach

MODALITIES: dict[str, Modality] = {
    "sensors": Series(2, 12, fill="last", noise=0.1, time_mask=0.2),
    "clip": Video(4, 8, 8, 1, flip=True),
    "radar": Points(3, 10, drop=0.1, rotate=20.0, noise=0.05),
}
CARD = ModelCard(task="classification", paper="none", name="rover", description="For tests.")


def rover(modalities: dict[str, Modality] = MODALITIES) -> keras.Model:
    """The class from any of the three."""
    inputs = model_inputs(presence=True, **modalities)
    seen, presence = silence_absent(inputs, modality_dropout=0.4)
    readings, read = SplitMask(name="sensors_split")(seen["sensors"])
    frames, shown = SplitMask(name="clip_split")(seen["clip"])
    points, found = SplitMask(name="radar_split")(seen["radar"])
    encodings = {
        "sensors": tcn((8, 8), name="sensors")(readings, read),
        # Brightness is what tells here, and a normalisation takes it away.
        "clip": frames_lstm(image_cnn((8,), normalization=None, name="frame"), units=8, name="clip")(frames, shown),
        "radar": deep_sets((16,), (8,), pooling="mean", name="radar")(points, found),
    }
    joint = fuse("gated", 8)(encodings, presence)
    model = keras.Model(inputs, classification_head(2)(joint), name="rover")
    return attach(model, modalities, CARD, {})


def readings(rising: bool, random: np.random.Generator) -> np.ndarray:
    """A series that rises or falls, of any length, some readings missing."""
    steps = int(random.integers(6, 20))
    values = random.normal([300.0, 0.5], [5.0, 0.1], (steps, 2))
    values[:, 0] += (1 if rising else -1) * np.linspace(-40, 40, steps)
    values[random.uniform(size=values.shape) < 0.1] = np.nan
    return values.astype("float32")


def frames(rising: bool, random: np.random.Generator) -> list[bytes]:
    """A clip that gets brighter or darker."""
    count = int(random.integers(3, 7))
    light = np.linspace(30, 200, count)[:: 1 if rising else -1, None, None, None]
    return MODALITIES["clip"].encode((light + random.uniform(0, 30, (count, 8, 8, 1))).astype("uint8"))


def returns(rising: bool, random: np.random.Generator) -> np.ndarray:
    """Points above or below the sensor."""
    points = random.normal(0.0, [10.0, 10.0, 0.5], (int(random.integers(3, 20)), 3))
    points[:, 2] += 1.0 if rising else -1.0
    return points.astype("float32")


MAKE = {"sensors": readings, "clip": frames, "radar": returns}


def rover_records(count: int, seed: int) -> Records:
    """Records with everything in them, but for the first: there each in turn is absent or broken."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count).astype("int32")
    rows = {name: [make(bool(label), random) for label in labels] for name, make in MAKE.items()}
    rows["sensors"][0], rows["radar"][1], rows["clip"][2] = np.zeros((0, 2), "f4"), np.zeros((0, 3), "f4"), []
    rows["sensors"][3], rows["radar"][4] = np.full((2, 2), np.inf, "f4"), np.full((1, 3), np.inf, "f4")
    rows["clip"][5] = [b"no picture"]
    return Records({name: column(values) for name, values in rows.items()}, labels)
