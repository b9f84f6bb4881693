"""How many frames a GIF holds and how large they are, from its blocks alone, before any pixel is unpacked."""

from __future__ import annotations

import tensorflow as tf

EXTENSION, IMAGE = 0x21, 0x2C
# As much as one block has before its data: what is read past the end of a file are zeros.
DESCRIPTOR_BYTES = 12
# 2 ** 5 sub-blocks of up to 255 bytes at a jump: 33 MB in all. A GIF that takes more jumps is made to cost time.
DOUBLINGS, MOST_JUMPS = 5, 4096
TOO_MANY = tf.int64.max


@tf.function(input_signature=[tf.TensorSpec((None,), tf.string)], autograph=False)
def gif_pixel_counts(raw: tf.Tensor) -> tf.Tensor:
    """Frames x height x width that each GIF takes when it is decoded, all frames as large as the largest.

    The size in the header is not looked at, for decoders do not look at it either: each frame brings its own.

    Args:
        raw: `(batch,)` strings, the bytes of GIFs or `""`.

    Returns:
        `(batch,)` int64, at least what a decoder makes of it; 0 where there is no frame, the largest int64 where the
        blocks are too many to follow or are read differently by different decoders.
    """
    return tf.map_fn(pixels_of_one, raw, fn_output_signature=tf.TensorSpec((), tf.int64))


def pixels_of_one(gif: tf.Tensor) -> tf.Tensor:
    """The count of one GIF, a scalar string."""
    data = tf.pad(tf.cast(tf.io.decode_raw(gif, tf.uint8), tf.int32), [[0, 13 + DESCRIPTOR_BYTES]])
    end = tf.size(data) - DESCRIPTOR_BYTES
    places = tf.range(tf.size(data))
    # From the length of a sub-block to that of the next; a length of 0 ends them, and leads to itself.
    jump = tf.where(data > 0, tf.minimum(places + 1 + data, end), places)
    for _ in range(DOUBLINGS):
        jump = tf.gather(jump, jump)

    def two_bytes(place: tf.Tensor) -> tf.Tensor:
        return tf.cast(data[place] + 256 * data[place + 1], tf.int64)

    def colours(packed: tf.Tensor) -> tf.Tensor:
        """Bytes of the table of colours that a packed byte announces."""
        return tf.where(packed >= 128, 3 * tf.bitwise.left_shift(2, packed % 8), 0)

    def goes_on(jumps: tf.Tensor, place: tf.Tensor, inside: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        kind = data[place]
        return (jumps < MOST_JUMPS) & (inside | (kind == IMAGE) | (kind == EXTENSION))

    def follow(
        jumps: tf.Tensor,
        place: tf.Tensor,
        inside: tf.Tensor,
        frames: tf.Tensor,
        height: tf.Tensor,
        width: tf.Tensor,
    ) -> tuple[tf.Tensor, ...]:
        is_image = ~inside & (data[place] == IMAGE)
        is_extension = ~inside & (data[place] == EXTENSION)
        length = tf.where(is_image, 11 + colours(data[place + 9]), tf.where(is_extension, 2, 0))
        first = tf.minimum(place + length, end)
        after = jump[first]
        inside = data[after] > 0
        # Behind an extension without content some decoders look for a block, others for more of the extension.
        jumps = tf.where(is_extension & (data[first] == 0), MOST_JUMPS, jumps + 1)
        return (
            jumps,
            tf.where(inside, after, tf.minimum(after + 1, end)),
            inside,
            frames + tf.cast(is_image, tf.int64),
            tf.where(is_image, tf.maximum(height, two_bytes(place + 7)), height),
            tf.where(is_image, tf.maximum(width, two_bytes(place + 5)), width),
        )

    zero = tf.constant(0, tf.int64)
    start = tf.minimum(13 + colours(data[10]), end)
    jumps, _, _, frames, height, width = tf.while_loop(
        goes_on, follow, (tf.constant(0), start, tf.constant(False), zero, zero, zero)
    )
    return tf.where(jumps < MOST_JUMPS, frames * height * width, TOO_MANY)
