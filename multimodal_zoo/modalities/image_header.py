"""How large an encoded image says it is, read from its first bytes: a few hundred bytes may unfold to gigabytes."""

from __future__ import annotations

import base64

import tensorflow as tf

from multimodal_zoo.modalities.attempt_each import attempt_each
from multimodal_zoo.modalities.gif_blocks import gif_pixel_counts

# JPEG, 1 x 1.
ONE_BLACK_PIXEL = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEBLAEsAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////////////"
    "////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AE//Z"
)
JPEG = b"\xff\xd8\xff"
# As much as PNG and BMP need.
HEADER_BYTES = 26


@tf.function(input_signature=[tf.TensorSpec((None,), tf.string)], autograph=False)
def pixel_counts(raw: tf.Tensor) -> tf.Tensor:
    """Height x width that the header of each encoded image declares; of a GIF, times its frames.

    Args:
        raw: `(batch,)` strings, JPEG, PNG, GIF or BMP bytes.

    Returns:
        `(batch,)` int64; 0 for bytes of another format and for a broken JPEG header, which no decoder takes. What
        a header lacks counts as zeros.

    Example:
        >>> pixel_counts(tf.io.encode_png(tf.zeros((20, 30, 3), tf.uint8))[None]).numpy()
        [600]
    """
    counts = pixel_counts_but_of_jpegs(raw)
    is_jpeg = tf.strings.substr(raw, 0, len(JPEG)) == JPEG
    return tf.cond(
        tf.reduce_any(is_jpeg), lambda: tf.where(is_jpeg, jpeg_pixel_counts(raw, is_jpeg), counts), lambda: counts
    )


def pixel_counts_but_of_jpegs(raw: tf.Tensor) -> tf.Tensor:
    """As `pixel_counts`, 0 for JPEGs."""
    start = tf.strings.substr(raw, 0, HEADER_BYTES)
    header = tf.io.decode_raw(start, tf.uint8, fixed_length=HEADER_BYTES)
    counts = tf.zeros((tf.shape(raw)[0],), tf.int64)
    for magic, count in (
        (b"\x89PNG", number(header, 16, 4, True) * number(header, 20, 4, True)),
        # The height of a BMP is negative where its rows run from top to bottom.
        (b"BM", number(header, 18, 4, False) * tf.abs(signed(number(header, 22, 4, False)))),
    ):
        counts = tf.where(starts_with(header, magic), count, counts)
    is_gif = starts_with(header, b"GIF8")
    return tf.cond(
        tf.reduce_any(is_gif),
        lambda: tf.where(is_gif, gif_pixel_counts(tf.where(is_gif, raw, "")), counts),
        lambda: counts,
    )


def jpeg_size(raw: tf.Tensor) -> tf.Tensor:
    """Height and width, int64, that one JPEG declares, 1 and 1 for another format; raises on a broken header.

    Args:
        raw: scalar string.
    """
    is_jpeg = tf.strings.substr(raw, 0, len(JPEG)) == JPEG
    return tf.io.extract_jpeg_shape(tf.where(is_jpeg, raw, ONE_BLACK_PIXEL), tf.int64)[:2]


def jpeg_pixel_counts(raw: tf.Tensor, is_jpeg: tf.Tensor) -> tf.Tensor:
    """Height x width of the JPEGs among the images."""
    _, (sizes,) = attempt_each(
        tf.where(is_jpeg, raw, ""),
        lambda one: [tf.io.extract_jpeg_shape(one, tf.int64)],
        works=ONE_BLACK_PIXEL,
        finish=lambda size: (size[:2],),
        signature=(tf.TensorSpec((2,), tf.int64),),
    )
    return tf.reduce_prod(sizes, axis=1)


def starts_with(header: tf.Tensor, magic: bytes) -> tf.Tensor:
    """Which rows of `(batch, HEADER_BYTES)` begin so."""
    return tf.reduce_all(header[:, : len(magic)] == tf.constant(list(magic), tf.uint8), axis=1)


def number(header: tf.Tensor, start: int, size: int, big_endian: bool) -> tf.Tensor:
    """An unsigned whole number of `size` bytes in each row, int64."""
    places = [256**place for place in range(size)]
    digits = tf.cast(header[:, start : start + size], tf.int64)
    return tf.reduce_sum(digits * tf.constant(places[::-1] if big_endian else places, tf.int64), axis=1)


def signed(value: tf.Tensor) -> tf.Tensor:
    """A 32-bit number as two's complement."""
    return tf.where(value >= 2**31, value - 2**32, value)
