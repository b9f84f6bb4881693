"""How large an encoded image says it is, read from its first bytes: a few hundred bytes may unfold to gigabytes."""

from __future__ import annotations

import tensorflow as tf


def pixel_count(raw: tf.Tensor) -> tf.Tensor:
    """Height x width that the header of an encoded image declares.

    Args:
        raw: scalar string, JPEG, PNG, GIF or BMP bytes.

    Returns:
        Scalar int64; 0 for bytes of another format, which no decoder takes either. What a header lacks counts as zeros.
        On a broken JPEG header the graph raises `InvalidArgumentError`, as the decoder would.

    Example:
        >>> pixel_count(tf.io.encode_png(tf.zeros((20, 30, 3), tf.uint8))).numpy()
        600
    """
    header = tf.strings.join([tf.strings.substr(raw, 0, tf.minimum(26, tf.strings.length(raw))), b"\0" * 26])
    return tf.case(
        [
            (starts_with(raw, b"\xff\xd8\xff"), lambda: tf.reduce_prod(tf.io.extract_jpeg_shape(raw, tf.int64)[:2])),
            (starts_with(raw, b"\x89PNG"), lambda: number(header, 16, 4, True) * number(header, 20, 4, True)),
            (starts_with(raw, b"GIF8"), lambda: number(header, 6, 2, False) * number(header, 8, 2, False)),
            # The height of a BMP is negative where its rows run from top to bottom.
            (
                starts_with(raw, b"BM"),
                lambda: number(header, 18, 4, False) * tf.abs(signed(number(header, 22, 4, False))),
            ),
        ],
        default=lambda: tf.constant(0, tf.int64),
    )


def starts_with(raw: tf.Tensor, magic: bytes) -> tf.Tensor:
    """Whether the bytes begin so; safe on shorter ones."""
    return tf.equal(tf.strings.substr(raw, 0, tf.minimum(len(magic), tf.strings.length(raw))), magic)


def number(header: tf.Tensor, start: int, size: int, big_endian: bool) -> tf.Tensor:
    """An unsigned whole number of `size` bytes, int64."""
    digits = tf.cast(tf.io.decode_raw(tf.strings.substr(header, start, size), tf.uint8), tf.int64)
    places = [256**place for place in range(size)]
    digits = tf.ensure_shape(digits, (size,))
    return tf.reduce_sum(digits * tf.constant(places[::-1] if big_endian else places, tf.int64))


def signed(value: tf.Tensor) -> tf.Tensor:
    """A 32-bit number as two's complement."""
    return tf.where(value >= 2**31, value - 2**32, value)
