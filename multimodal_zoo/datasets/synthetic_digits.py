"""`synthetic-digits`: made-up tones and glyphs, which tell the ten classes apart only together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.drawn_pictures import png_pictures
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Audio, Image, wav_bytes

SEED = 2020
SIZES = {
    "default": {"train": 600, "validation": 150, "test": 150},
    "negatives": {"train": 2400, "validation": 300, "test": 600},
}
SAMPLE_RATE = 8000
SECONDS = 0.5
SIDE = 28
# The second tone, and the dot of the glyph, are left out in this share of the records: then that modality
# alone cannot tell two classes apart. The pairs differ between sound and image, so both together always can.
LEFT_OUT = 0.5
LOW_TONES = (400, 600, 850, 1150, 1500)  # hertz; one per pair of classes
HIGH_TONES = (2200, 3000)  # which of the two
SOUND_NOISE = 0.03
IMAGE_NOISE = 0.1

CARD = DataSetCard(
    name="synthetic-digits",
    title="SYNTHETIC: pairs of tones and drawn glyphs, ten classes",
    task="classification",
    licence="Apache-2.0 (made by this package)",
    source="built in",
    citation="none",
    protocols={
        "default": ", ".join(f"{count} {name}" for name, count in SIZES["default"].items()),
        "negatives": ", ".join(f"{count} {name}" for name, count in SIZES["negatives"].items())
        + "; half of the pictures are dark on light, so that nothing linear in their pixels tells the classes apart",
    },
    synthetic=True,
    notes="Either modality alone can be right in three of four cases at best; both together decide.",
)


@register_data_set(CARD)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Make the records; the classes are equally frequent in every split."""
    random = np.random.RandomState(SEED)  # its stream is frozen, unlike that of NumPy's newer generators
    splits = {}
    for name, count in SIZES[protocol].items():
        digits = random.permutation(np.arange(count) % 10)
        sounds = column(sound(digit, random) for digit in digits)
        columns = {"audio": sounds, "image": images(digits, random, negatives=protocol == "negatives")}
        splits[name] = Records(columns, digits.astype(np.int32))
    modalities = {"audio": Audio(SAMPLE_RATE, SECONDS), "image": Image(SIDE, SIDE, 1)}
    return DataSet(card, protocol, modalities, tuple("0123456789"), splits)


def sound(digit: int, random: np.random.RandomState) -> bytes:
    """WAV bytes: a low tone for the pair (0 1), (2 3), ... and, in half, a high one for its member."""
    time = np.arange(round(SAMPLE_RATE * SECONDS)) / SAMPLE_RATE
    tones = [LOW_TONES[digit // 2]]
    if random.uniform() >= LEFT_OUT:
        tones.append(HIGH_TONES[digit % 2])
    phases = random.uniform(0, 2 * np.pi, len(tones))
    waveform = sum(np.sin(2 * np.pi * tone * time + phase) for tone, phase in zip(tones, phases, strict=True))
    loud = random.uniform(0.1, 0.3)
    return wav_bytes(loud * waveform + SOUND_NOISE * random.standard_normal(len(time)), SAMPLE_RATE)


def images(digits: np.ndarray, random: np.random.RandomState, negatives: bool = False) -> np.ndarray:
    """PNG bytes: a stroke at an angle for the pair (1 2), ... (9 0) and, in half, a dot for its member.

    With `negatives` half of them are dark on light.
    """
    count = len(digits)
    y, x = np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2
    shift = random.uniform(-2, 2, (2, count, 1, 1))
    x, y = x - shift[0], y - shift[1]
    pair, member = np.divmod((digits + 1) % 10, 2)
    angle = (np.pi * pair / 5)[:, None, None]
    across, along = x * np.sin(angle) - y * np.cos(angle), x * np.cos(angle) + y * np.sin(angle)
    stroke = (np.abs(across) < 1.5) & (np.abs(along) < 9)
    # Beside the stroke, on the one or the other side of it.
    side = np.where(member, 6, -6)[:, None, None]
    dot = (across - side) ** 2 + along**2 < 2.5**2
    shown = random.uniform(size=count) >= LEFT_OUT
    pixels = 0.8 * (stroke | (dot & shown[:, None, None])) + 0.1
    if negatives:
        pixels = np.where(random.randint(2, size=(count, 1, 1)), 1 - pixels, pixels)
    pixels = pixels + IMAGE_NOISE * random.standard_normal(pixels.shape)
    return column(png_pictures(pixels))
