"""Animated GIFs for tests: grey frames, stored without compression."""

from __future__ import annotations

import struct

import numpy as np

# Codes of nine bits: 256 clears the table, 257 ends. Cleared often enough, the codes never get longer.
CLEAR, END, BITS, BETWEEN_CLEARS = 256, 257, 9, 200
GREYS = bytes(np.arange(256, dtype="uint8").repeat(3))
DELAY = b"\x21\xf9\x04\x00\x0a\x00\x00\x00"


def gif_bytes(frames: np.ndarray, screen: tuple[int, int] | None = None) -> bytes:
    """Frames `(frames, height, width)` uint8 as an animated GIF, a tenth of a second each.

    `screen` is the height and width that the header claims, those of the frames without it.
    """
    height, width = screen or frames.shape[1:]
    header = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + GREYS
    return header + b"".join(DELAY + frame_block(frame) for frame in frames) + b";"


def frame_block(pixels: np.ndarray) -> bytes:
    """One frame with its descriptor."""
    height, width = pixels.shape
    return b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x08" + sub_blocks(packed(pixels.ravel().tolist()))


def packed(values: list[int]) -> bytes:
    """Values as LZW codes."""
    codes = []
    for start in range(0, len(values), BETWEEN_CLEARS):
        codes += [CLEAR, *values[start : start + BETWEEN_CLEARS]]
    bits = "".join(f"{code:09b}"[::-1] for code in [*codes, END])
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[start : start + 8][::-1], 2) for start in range(0, len(bits), 8))


def sub_blocks(data: bytes) -> bytes:
    """Data in pieces of up to 255 bytes, each behind its length, and a length of 0."""
    pieces = [data[start : start + 255] for start in range(0, len(data), 255)]
    return b"".join(bytes([len(one)]) + one for one in pieces) + b"\0"
