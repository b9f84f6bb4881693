"""Raw values as broken clients, broken disks and attackers send them, for each kind of modality."""

from __future__ import annotations

import functools
import io
import struct
import wave
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from contract.records import raw_value
from gif_bytes import gif_bytes

from multimodal_zoo.modalities import Modality

Mutation = Callable[[Modality, np.random.Generator], Any]

# Above `Image.max_pixels`: a few kilobytes that unfold to as many megabytes.
BOMB_SIDE = 9000


def truncated(content: bytes, random: np.random.Generator) -> bytes:
    """The first part of some bytes."""
    return content[: random.integers(1, len(content))]


def bits_flipped(content: bytes, random: np.random.Generator) -> bytes:
    """Up to eight bits changed."""
    changed = bytearray(content)
    for place in random.integers(0, len(changed), random.integers(1, 9)):
        changed[place] ^= 1 << int(random.integers(8))
    return bytes(changed)


def noise(_: Modality, random: np.random.Generator) -> bytes:
    """Bytes of no format."""
    return random.bytes(int(random.integers(1, 2000)))


# Images ----------------------------------------------------------------------------------------------------------


def picture(modality: Any, random: np.random.Generator) -> np.ndarray:
    """Random pixels in a random small size."""
    height, width = random.integers(1, 40, 2)
    return random.integers(0, 256, (height, width, modality.channels)).astype("uint8")


def png(modality: Any, random: np.random.Generator) -> bytes:
    """A sound PNG."""
    return tf.io.encode_png(picture(modality, random)).numpy()


def jpeg(modality: Any, random: np.random.Generator) -> bytes:
    """A sound JPEG."""
    return tf.io.encode_jpeg(picture(modality, random)).numpy()


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk with its length and check sum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@functools.cache
def png_bomb() -> bytes:
    """A sound PNG of one colour with more pixels than are decoded."""
    rows = zlib.compress(bytes((1 + BOMB_SIDE) * BOMB_SIDE), 9)
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 8, 0, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def huge_png(modality: Any, random: np.random.Generator) -> bytes:
    """A PNG whose header, check sum and all, claims other dimensions."""
    sides = [int(side) for side in random.choice([0, 1, 2**16, 2**31 - 1, 2**32 - 1], 2)]
    sound = png(modality, random)
    return sound[:8] + png_chunk(b"IHDR", struct.pack(">II", *sides) + sound[24:29]) + sound[33:]


def huge_bmp(_: Modality, random: np.random.Generator) -> bytes:
    """A BMP of a few bytes that claims many."""
    width, height = (int(side) for side in random.choice([-(2**31), -1, 0, 1, 2**15, 2**31 - 1], 2))
    return struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 60, 0, 0, 54, 40, width, height, 1, 24, 0, 6, 0, 0, 0, 0) + bytes(6)


def huge_gif(_: Modality, random: np.random.Generator) -> bytes:
    """A GIF with a screen of 65,535 x 65,535."""
    return b"GIF89a\xff\xff\xff\xff\x80\x00\x00" + random.bytes(int(random.integers(0, 60)))


def other_picture_depth(modality: Any, random: np.random.Generator) -> bytes:
    """A PNG with 16 bits a channel and transparency."""
    return tf.io.encode_png(random.integers(0, 65536, (7, 9, 4)).astype("uint16")).numpy()


# Sounds ----------------------------------------------------------------------------------------------------------


def wav(channels: int, rate: int, width: int, frames: bytes) -> bytes:
    """A WAV as the standard library writes it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(frames)
    return file.getvalue()


def odd_wav(_: Modality, random: np.random.Generator) -> bytes:
    """A WAV of another rate, width or number of channels, or without any sample."""
    channels, width = int(random.integers(1, 9)), int(random.integers(1, 5))
    frames = random.bytes(channels * width * int(random.integers(0, 300)))
    # The header holds the bytes of a second, in 32 bits.
    most = (2**32 - 1) // (channels * width)
    return wav(channels, min(most, int(random.choice([1, 7, 8000, 44100, 192000, 2**31 - 1]))), width, frames)


def lying_wav(modality: Modality, random: np.random.Generator) -> bytes:
    """A WAV with one number of its header changed."""
    changed = bytearray(raw_value(modality, random))
    place = int(random.choice([4, 16, 20, 22, 24, 28, 32, 34, 40]))
    size = 2 if place in (20, 22, 32, 34) else 4
    changed[place : place + size] = int(random.choice([0, 1, 2 ** (8 * size - 1), 2 ** (8 * size) - 1])).to_bytes(
        size, "little"
    )
    return bytes(changed)


# Texts, ids, numbers ---------------------------------------------------------------------------------------------


def no_unicode(_: Modality, random: np.random.Generator) -> bytes:
    """Bytes that are no UTF-8."""
    return b"\xff\xfe\xc3\x28" + random.bytes(int(random.integers(0, 200)))


def megabyte(_: Modality, random: np.random.Generator) -> bytes:
    """A long text, of words or of one word."""
    return b"heart " * 175_000 if random.integers(2) else b"a" * 2**20


def odd_text(_: Modality, random: np.random.Generator) -> str:
    """Texts in which there is no word, or one that looks like something else."""
    return str(
        random.choice(
            ["\0\0", "   ", "?!...", "\u202e\u0000x", "\U0001f600" * 50, "İ" * 99, "a\u0301" * 99, "None", "nan"]
        )
    )


def many_ids(_: Modality, random: np.random.Generator) -> list[str]:
    """More ids than are kept, or strange ones."""
    return [str(one) for one in random.integers(-5, 10**12, int(random.integers(0, 500)))] + ["", "\ud7ff", "a" * 1000]


def odd_number(modality: Any, random: np.random.Generator) -> list[float]:
    """Numbers that are none, or are too large."""
    return random.choice([np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, 0.0], modality.size).tolist()


# Rows of numbers, frames -----------------------------------------------------------------------------------------


def odd_rows(modality: Any, random: np.random.Generator) -> np.ndarray:
    """Rows with numbers that are none, or are too large."""
    odd = [np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, 0.0, 1.0]
    return random.choice(odd, (int(random.integers(0, 30)), modality.features)).astype("float32")


def many_rows(modality: Any, random: np.random.Generator) -> np.ndarray:
    """Far more rows than are seen."""
    return random.normal(size=(5000, modality.features)).astype("float32")


def gif(_: Modality, random: np.random.Generator) -> bytes:
    """A sound animated GIF."""
    count, height, width = random.integers(1, 9, 3)
    return gif_bytes(random.integers(0, 256, (count, height, width)).astype("uint8"))


def lying_gif(modality: Modality, random: np.random.Generator) -> bytes:
    """A GIF whose frames claim other sizes than they have."""
    changed, marker = bytearray(gif(modality, random)), b"\x00\x00\x00,"
    place = changed.find(marker) + len(marker) + 4
    changed[place : place + 4] = struct.pack("<HH", *(int(side) for side in random.choice([0, 1, 3000, 65535], 2)))
    return bytes(changed)


def some_broken(modality: Any, random: np.random.Generator) -> list[bytes]:
    """A list of stills, most of them broken."""
    kinds = [truncated(png(modality, random), random), bits_flipped(jpeg(modality, random), random), b"\0", b""]
    kinds += [png(modality, random), png_bomb(), noise(modality, random), huge_png(modality, random)]
    return [kinds[number] for number in random.integers(0, len(kinds), int(random.integers(1, 9)))]


def many_frames(modality: Any, random: np.random.Generator) -> list[bytes]:
    """Far more frames than are seen."""
    return [png(modality, random)] * 300


NUMBER_ROWS = {"odd numbers": odd_rows, "many rows": many_rows}

MUTATIONS: dict[str, dict[str, Mutation]] = {
    "image": {
        "truncated PNG": lambda modality, random: truncated(png(modality, random), random),
        "truncated JPEG": lambda modality, random: truncated(jpeg(modality, random), random),
        "PNG with flipped bits": lambda modality, random: bits_flipped(png(modality, random), random),
        "JPEG with flipped bits": lambda modality, random: bits_flipped(jpeg(modality, random), random),
        "PNG of other dimensions": huge_png,
        "BMP of other dimensions": huge_bmp,
        "huge GIF": huge_gif,
        "PNG bomb": lambda modality, random: png_bomb(),
        "16 bits and transparency": other_picture_depth,
        "noise": noise,
    },
    "audio": {
        "truncated WAV": lambda modality, random: truncated(raw_value(modality, random), random),
        "WAV with flipped bits": lambda modality, random: bits_flipped(raw_value(modality, random), random),
        "WAV of another make": odd_wav,
        "WAV with a lying header": lying_wav,
        "noise": noise,
    },
    "text": {"no UTF-8": no_unicode, "a megabyte": megabyte, "odd text": odd_text, "noise": noise},
    "categorical": {"no UTF-8": no_unicode, "a megabyte": megabyte, "odd text": odd_text, "noise": noise},
    "multi_categorical": {"many ids": many_ids},
    "id_sequence": {"many ids": many_ids},
    "numeric": {"odd number": odd_number},
    "series": NUMBER_ROWS,
    "points": NUMBER_ROWS,
    "video": {
        "truncated GIF": lambda modality, random: [truncated(gif(modality, random), random)],
        "GIF with flipped bits": lambda modality, random: [bits_flipped(gif(modality, random), random)],
        "GIF of other dimensions": lambda modality, random: [lying_gif(modality, random)],
        "PNG bomb": lambda modality, random: [png_bomb()],
        "some frames broken": some_broken,
        "many frames": many_frames,
        "noise": lambda modality, random: [noise(modality, random)],
    },
}


def mutated(modality: Modality, random: np.random.Generator) -> tuple[str, Any]:
    """A random mutation of a modality's kind: what was done, and the raw value."""
    known = MUTATIONS[modality.kind]
    name = str(random.choice(sorted(known)))
    return name, known[name](modality, random)
