"""Noise on raw values as a person has them: pictures, sounds, texts, numbers; growing level by level."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Modality, Numeric, wav_bytes
from multimodal_zoo.modalities.number_rows import NumberRows


@dataclasses.dataclass(frozen=True)
class RawNoise:
    """A kind of noise.

    Args:
        unit: of the levels.
        levels: from none, 0, to the strongest.
        apply: `(modality, raw value, level, random generator)` -> the raw value with noise; level 0 changes nothing.
    """

    unit: str
    levels: tuple[float, ...]
    apply: Callable[[Any, Any, float, np.random.Generator], Any]


def pixels_of(value: bytes) -> np.ndarray:
    """Pixels 0..255 float32 of an encoded picture, `(height, width, channels)`."""
    return tf.cast(tf.io.decode_image(value, expand_animations=False), tf.float32).numpy()


def png_of(pixels: np.ndarray) -> bytes:
    """A picture of 0..255, rounded, as PNG bytes."""
    return tf.io.encode_png(pixels.round().clip(0, 255).astype("uint8")).numpy()


def gaussian_pixels(modality: Modality, value: bytes, level: float, random: np.random.Generator) -> bytes:
    """Normal noise on every pixel, `level` its standard deviation as a share of white."""
    pixels = pixels_of(value)
    return png_of(pixels + random.normal(0, 255 * level, pixels.shape))


def blurred(modality: Modality, value: bytes, level: float, random: np.random.Generator) -> bytes:
    """A Gaussian blur whose standard deviation is `level` hundredths of the shorter side."""
    pixels = pixels_of(value)
    deviation = level / 100 * min(pixels.shape[:2])
    reach = max(1, round(3 * deviation))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        sides = [(reach, reach) if one == axis else (0, 0) for one in range(3)]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(pixels, sides, "edge"), len(weights), axis=axis)
        pixels = windows @ weights
    return png_of(pixels)


def as_jpeg(modality: Modality, value: bytes, level: float, random: np.random.Generator) -> bytes:
    """Written as a JPEG of quality 100 - `level`."""
    pixels = pixels_of(value).astype("uint8")
    if pixels.shape[-1] not in (1, 3):
        # A JPEG has no transparency.
        pixels = pixels[..., : 1 if pixels.shape[-1] == 2 else 3]
    return tf.io.encode_jpeg(pixels, quality=round(100 - level)).numpy()


def white_noise(modality: Modality, value: bytes, level: float, random: np.random.Generator) -> bytes:
    """White noise, `level` times as strong as the recording: a signal-to-noise ratio of -20 log10(level) decibels."""
    samples, rate = tf.audio.decode_wav(value)
    samples = samples.numpy()
    noise = random.normal(0, level * np.sqrt(np.mean(np.square(samples))), samples.shape)
    return wav_bytes(samples + noise, int(rate))


def swapped_characters(modality: Modality, value: str, level: float, random: np.random.Generator) -> str:
    """In a share `level` of the words of two characters and more, two neighbours change places."""
    words = value.split()
    long = [place for place, word in enumerate(words) if len(word) > 1]
    for place in random.permutation(long)[: round(level * len(long))]:
        word, first = words[place], int(random.integers(len(words[place]) - 1))
        words[place] = word[:first] + word[first + 1] + word[first] + word[first + 2 :]
    return " ".join(words)


def dropped_words(modality: Modality, value: str, level: float, random: np.random.Generator) -> str:
    """A share `level` of the words is left out."""
    words = value.split()
    left_out = set(random.permutation(len(words))[: round(level * len(words))].tolist())
    return " ".join(word for place, word in enumerate(words) if place not in left_out)


def gaussian_numbers(
    modality: Numeric | NumberRows, value: Any, level: float, random: np.random.Generator
) -> np.ndarray:
    """Normal noise on every number, `level` its standard deviation in those of the training split."""
    numbers = np.asarray(value, "float32")
    spread = np.sqrt(np.asarray(modality.variance, "float32"))
    return numbers + (level * spread * random.normal(size=numbers.shape)).astype("float32")


def missing_numbers(modality: Modality, value: Any, level: float, random: np.random.Generator) -> np.ndarray:
    """Each number is missing with the probability `level`."""
    numbers = np.asarray(value, "float32")
    return np.where(random.random(numbers.shape) < level, np.nan, numbers).astype("float32")


def missing_ids(modality: Modality, value: Any, level: float, random: np.random.Generator) -> Any:
    """Each id is missing with the probability `level`."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [one for one in value if random.random() >= level]
    return "" if random.random() < level else value


SHARES = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8)
NUMBERS = {
    "gaussian": RawNoise("standard deviations of the training split", (0.0, 0.25, 0.5, 1.0, 2.0), gaussian_numbers),
    "missing": RawNoise("probability of each number", SHARES, missing_numbers),
}
IDS = {"missing": RawNoise("probability of each id", (*SHARES, 1.0), missing_ids)}
NOISES: dict[str, dict[str, RawNoise]] = {
    "image": {
        "gaussian": RawNoise("standard deviation, share of white", (0.0, 0.05, 0.1, 0.2, 0.4), gaussian_pixels),
        "blur": RawNoise("standard deviation, % of the shorter side", (0.0, 0.5, 1.0, 2.0, 4.0), blurred),
        "jpeg": RawNoise("100 - quality", (0.0, 50.0, 75.0, 90.0, 95.0), as_jpeg),
    },
    "audio": {"white_noise": RawNoise("noise to signal, root mean squares", (0.0, 0.1, 0.3, 1.0, 3.0), white_noise)},
    "text": {
        "swapped_characters": RawNoise("share of the words", SHARES, swapped_characters),
        "dropped_words": RawNoise("share of the words", SHARES, dropped_words),
    },
    "numeric": NUMBERS,
    "series": NUMBERS,
    "points": NUMBERS,
    "categorical": IDS,
    "multi_categorical": IDS,
    "id_sequence": IDS,
}
