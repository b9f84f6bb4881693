"""What a header declares, for every format that is decoded, and that a bomb is never unfolded."""

import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import Image
from multimodal_zoo.modalities.image_header import jpeg_size, pixel_counts, pixel_counts_but_of_jpegs

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype("uint8")


def bmp(height):
    row = 30 * 3 + 2
    header = struct.pack("<2sIHHI", b"BM", 54 + row * 20, 0, 0, 54)
    return header + struct.pack("<IiiHHIIiiII", 40, 30, height, 1, 24, 0, row * 20, 0, 0, 0, 0) + bytes(row * 20)


GIF = (
    b"GIF89a\x1e\x00\x14\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x1e\x00\x14\x00\x00\x02\x02D\x01\x00;"
)


@pytest.mark.parametrize(
    "encoded",
    [tf.io.encode_png(PIXELS).numpy(), tf.io.encode_jpeg(PIXELS).numpy(), GIF, bmp(20), bmp(-20)],
    ids=["png", "jpeg", "gif", "bmp", "bmp from the top"],
)
def test_twenty_by_thirty(encoded):
    assert pixel_counts(tf.constant([encoded])).numpy().tolist() == [600]


@pytest.mark.parametrize("other", [b"", b"B", b"text", b"RIFF....WEBP"])
def test_no_image_declares_nothing(other):
    assert pixel_counts(tf.constant([other])).numpy().tolist() == [0]


@pytest.mark.parametrize("cut", [b"\x89PNG", b"\x89PNG" + bytes(15), b"GIF8", b"BM"])
def test_what_a_header_lacks_counts_as_zeros(cut):
    assert pixel_counts(tf.constant([cut])).numpy().tolist() == [0]


def test_each_image_of_a_batch_has_its_own_count_and_a_broken_jpeg_has_none():
    batch = [b"\xff\xd8\xff", tf.io.encode_png(PIXELS).numpy(), b"", tf.io.encode_jpeg(PIXELS[:7]).numpy(), bmp(-20)]
    assert pixel_counts(tf.constant(batch)).numpy().tolist() == [0, 600, 0, 210, 600]
    assert pixel_counts(tf.constant([], tf.string)).numpy().tolist() == []


def bomb(side):
    """A valid PNG of one colour: each row a filter byte and zeros, which pack to a thousandth."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + side)) for _ in range(side)) + packer.flush()

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_bomb_is_absent_and_the_other_rows_as_without_it():
    image = Image(8, 8, 1, max_pixels=1000)
    good = tf.io.encode_png(PIXELS[..., :1]).numpy()
    mixed = image.decode(tf.constant([good, bomb(64), b""]))
    assert mixed.given.numpy().tolist() == [True, True, False]
    assert mixed.present.numpy().tolist() == [True, False, False]
    np.testing.assert_array_equal(mixed.tensor[0], image.decode(tf.constant([good])).tensor[0])
    assert Image(8, 8, 1).decode(tf.constant([bomb(64)])).present.numpy().tolist() == [True]


@pytest.mark.parametrize("draft", [False, True])
def test_a_jpeg_too_large_is_absent_and_one_just_small_enough_is_not(draft):
    large = tf.io.encode_jpeg(PIXELS).numpy()
    small = tf.io.encode_jpeg(PIXELS[:19]).numpy()
    found = Image(8, 8, max_pixels=19 * 30, draft=draft).decode(tf.constant([small, large, b"\xff\xd8\xff", bmp(20)]))
    assert found.given.numpy().all()
    assert found.present.numpy().tolist() == [True, False, False, False]
    assert not found.tensor[1:].numpy().any()


def test_the_size_of_a_jpeg_and_the_counts_of_the_others():
    jpeg, png = tf.io.encode_jpeg(PIXELS[:7]).numpy(), tf.io.encode_png(PIXELS).numpy()
    assert jpeg_size(tf.constant(jpeg)).numpy().tolist() == [7, 30]
    for other in (png, b"", b"\xff\xd8", b"junk"):
        assert jpeg_size(tf.constant(other)).numpy().tolist() == [1, 1]
    with pytest.raises(tf.errors.InvalidArgumentError):
        jpeg_size(tf.constant(jpeg[:20]))
    assert pixel_counts_but_of_jpegs(tf.constant([jpeg, png, b""])).numpy().tolist() == [0, 600, 0]
