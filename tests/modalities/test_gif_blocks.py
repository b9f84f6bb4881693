"""What the blocks of a GIF are said to unfold to, against what TensorFlow makes of them."""

import struct

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import Image
from multimodal_zoo.modalities.gif_blocks import TOO_MANY, gif_pixel_counts
from tests.gif_bytes import DELAY, GREYS, frame_block, gif_bytes

FRAMES = np.random.default_rng(0).integers(0, 256, (4, 30, 50)).astype("uint8")
COMMENT = b"\x21\xfe\x03abc\x02de\x00"


def header(screen=(1, 1)):
    return b"GIF89a" + struct.pack("<HHBBB", screen[1], screen[0], 0xF7, 0, 0) + GREYS


def counted(*gifs):
    return gif_pixel_counts(tf.constant(gifs, tf.string)).numpy().tolist()


def test_frames_of_one_size():
    whole = gif_bytes(FRAMES)
    assert tf.io.decode_gif(whole).shape == (4, 30, 50, 3)
    assert counted(whole, b"", gif_bytes(FRAMES[:1, :2, :3])) == [4 * 30 * 50, 0, 6]


def test_what_the_header_claims_is_no_matter():
    """A frame brings its own size, and decoders go by it."""
    lying = gif_bytes(FRAMES, screen=(1, 1))
    assert tf.io.decode_gif(lying).shape == (4, 30, 50, 3) and counted(lying) == [4 * 30 * 50]
    image = Image(4, 4, 3, max_pixels=1000)
    assert image.decode(tf.constant([lying, gif_bytes(FRAMES[:1, :9, :9])])).present.numpy().tolist() == [False, True]


def test_frames_of_different_sizes_count_as_the_largest():
    gif = header() + b"".join(frame_block(one) for one in (FRAMES[0, :30, :5], FRAMES[0, :4, :50])) + b";"
    assert np.prod(tf.io.decode_gif(gif).shape[:3]) <= 2 * 30 * 50
    assert counted(gif) == [2 * 30 * 50]


def test_extensions_tables_of_colours_and_long_frames_are_passed_over():
    large = np.zeros((200, 300), "uint8")
    block = frame_block(large)
    with_table = b"," + block[1:9] + b"\x80" + bytes(6) + block[10:]
    gif = header() + COMMENT + DELAY + block + COMMENT + with_table + COMMENT + b";"
    assert tf.io.decode_gif(gif).shape == (2, 200, 300, 3) and counted(gif) == [2 * 200 * 300]


def test_what_follows_the_end_or_garbage_does_not_count():
    assert counted(gif_bytes(FRAMES) + frame_block(FRAMES[0])) == [4 * 30 * 50]
    assert counted(header() + b"\x07" + frame_block(FRAMES[0])) == [0]
    assert counted(b"GIF89a", b"GIF89a\xff\xff\xff\xff\x80\x00\x00") == [0, 0]


def test_never_less_than_what_is_decoded_of_a_changed_or_cut_gif():
    random = np.random.default_rng(1)
    whole, decoded = gif_bytes(FRAMES[:3, :6, :7]), 0
    for _ in range(300):
        changed = bytearray(whole[: random.integers(13 + len(GREYS), len(whole) + 1)])
        for place in random.integers(13 + len(GREYS), len(whole), random.integers(0, 3)):
            if place < len(changed):
                changed[place] = random.integers(256)
        (count,) = counted(bytes(changed))
        # Larger ones would only take the time to be filled.
        if count > 10**6:
            continue
        try:
            shape = tf.io.decode_gif(bytes(changed)).shape
        except tf.errors.InvalidArgumentError:
            continue
        decoded += 1
        assert np.prod(shape[:3]) <= count
    assert decoded > 50


@pytest.mark.parametrize(
    "blocks",
    [
        # Others would read on in the extension, and find frames that were not counted.
        b"\x21\xff\x00" + COMMENT,
        COMMENT * 5000,
        b"\x21\xfe" + b"\x01a" * 200_000 + b"\x00",
    ],
    ids=["an extension without content", "many blocks", "many small pieces"],
)
def test_what_cannot_be_followed_is_more_than_any_limit(blocks):
    assert counted(header() + blocks + frame_block(FRAMES[0]) + b";") == [TOO_MANY]
