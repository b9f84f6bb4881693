"""Moving pictures: an animated GIF, or frames as JPEG, PNG, GIF or BMP bytes -> pixels in 0..1."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities.attempt_each import attempt_each
from multimodal_zoo.modalities.evenly_spread import evenly_spread, there_first
from multimodal_zoo.modalities.image import Image, encode_bytes
from multimodal_zoo.modalities.image_header import ONE_BLACK_PIXEL, pixel_counts
from multimodal_zoo.modalities.modality import Decoded, Modality, require_positive


@dataclasses.dataclass(frozen=True)
class Video(Modality):
    """A video as its frames, oldest first, of which so many are seen.

    Args:
        frames: most frames the network sees.
        height, width, channels, resize: of each frame, as of `Image`.
        stride: None spreads the frames that are seen evenly over the video, whatever its length; a number takes every
            so-many-th from its beginning: of a camera's 30 frames a second, 6 makes 5. (What decodes a GIF does not
            tell at which times its frames are shown.)
        repeat: a video with fewer frames shows some of them several times, instead of ending in padding: for encoders
            that take no mask, such as `c3d`.
        crop, flip, rotate, noise: augmentation as of `Image`; all frames of a video move alike.
        max_pixels: a video whose frames that are seen, or a GIF whose frames, declare more in all is not decoded.

    Raw: a list of bytes (absent: `[]`): one animated GIF, or a still for each frame, of which each counts as one;
    batched, rows are filled up with `b""`. In a record the path of a file or `(frames, height, width, channels)` uint8
    pixels will do as well. A still that cannot be read is a frame that is not there; a GIF that was cut ends there.
    Tensor: `(frames, height, width, channels + 1)` float32, pixels in 0..1; the last channel is the mask, 1 all over a
    frame that is there, see `encoders.SplitMask`.

    Example:
        >>> Video(16, 64, 64, flip=True).input("clip").shape
        (None, 16, 64, 64, 4)
    """

    frames: int
    height: int
    width: int
    channels: int = 3
    stride: int | None = None
    repeat: bool = False
    resize: str = "stretch"
    crop: float = 0.0
    flip: bool = False
    rotate: float = 0.0
    noise: float = 0.0
    max_pixels: int = 2**27

    kind: ClassVar[str] = "video"

    def __post_init__(self) -> None:
        require_positive("Video", frames=self.frames, stride=1 if self.stride is None else self.stride)
        self.still.__post_init__()

    @property
    def still(self) -> Image:
        """One frame as an image of its own."""
        shared = ("height", "width", "channels", "resize", "crop", "flip", "rotate", "noise", "max_pixels")
        return Image(**{name: getattr(self, name) for name in shared})

    @property
    def raw_shape(self) -> tuple[None]:
        return (None,)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return (self.frames, self.height, self.width, self.channels + 1)

    def raw_name(self, name: str) -> str:
        return f"{name}_bytes"

    def encode(self, value: Any) -> list[bytes]:
        if isinstance(value, np.ndarray) and value.dtype != object and value.dtype.kind != "S":
            if value.dtype != np.uint8 or value.ndim != 4:
                raise TypeError(
                    "Video: pixels are uint8 of the shape (frames, height, width, channels), "
                    f"got {value.dtype} of the shape {value.shape}."
                )
            return [tf.io.encode_png(frame).numpy() for frame in value]
        parts = value if isinstance(value, (list, tuple, np.ndarray)) else [value]
        encoded = [encode_bytes("Video", one) for one in parts]
        return [one for one in encoded if one]

    def example(self, seed: int) -> list[bytes]:
        """Four PNGs of 24 x 32 pixels: coarse random blocks that move to the right."""
        blocks = np.random.default_rng(seed).integers(0, 256, (6, 8, self.channels), "uint8")
        pixels = blocks.repeat(4, axis=0).repeat(4, axis=1)
        return self.encode(np.stack([np.roll(pixels, 4 * step, axis=1) for step in range(4)]))

    def chosen(self, counts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Which of `counts` `(batch,)` frames are seen: `(batch, frames)` places, and whether there is one."""
        step = self.stride or 1
        within_reach = (counts + step - 1) // step
        if self.stride is not None:
            within_reach = tf.minimum(within_reach, self.frames)
        places, kept = evenly_spread(within_reach, self.frames, self.repeat)
        return places * step, kept

    def decode(self, raw: tf.Tensor) -> Decoded:
        # One more empty place, so that there always is one to look at.
        raw = tf.concat([raw, tf.fill([tf.shape(raw)[0], 1], "")], axis=1)
        filled = tf.strings.length(raw) > 0
        parts = tf.gather(raw, there_first(filled), batch_dims=1)
        counts = tf.math.count_nonzero(filled, axis=1, dtype=tf.int32)
        only = parts[:, 0]
        animated = (counts == 1) & (tf.strings.substr(only, 0, 4) == b"GIF8")
        shown, there = self.animations(tf.where(animated, only, ""))
        pixels, read = self.stills(parts, tf.where(animated, 0, counts))
        # Of each video one of the two is zeros.
        mask = there | read
        frame_mask = tf.cast(mask, tf.float32)[:, :, None, None, None]
        channel = tf.broadcast_to(frame_mask, tf.concat([tf.shape(pixels)[:-1], [1]], 0))
        tensor = tf.concat([(shown + pixels) * frame_mask, channel], axis=4)
        return Decoded(
            tf.ensure_shape(tensor, (None, *self.shape)), tf.reduce_any(filled, axis=1), tf.reduce_any(mask, axis=1)
        )

    def animations(self, gifs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The frames of animated GIFs, `(batch, frames, height, width, channels)`, and which of them are there."""

        def seen(pixels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            pixels = tf.ensure_shape(pixels, (None, None, None, 3))
            places, kept = self.chosen(tf.shape(pixels)[:1])
            picked = tf.gather(pixels, places[0])
            return self.still.resized(tf.image.rgb_to_grayscale(picked) if self.channels == 1 else picked), kept[0]

        _, found = attempt_each(
            tf.where(pixel_counts(gifs) <= self.max_pixels, gifs, ""),
            # A GIF has no grey of its own: decoders refuse to make any.
            lambda one: [tf.io.decode_gif(one)],
            works=ONE_BLACK_FRAME,
            finish=seen,
            signature=(
                tf.TensorSpec((self.frames, *self.still.shape), tf.float32),
                tf.TensorSpec((self.frames,), tf.bool),
            ),
        )
        return found

    def stills(self, parts: tf.Tensor, counts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The frames of lists of stills, as `animations`; only those that are seen are decoded."""
        places, kept = self.chosen(counts)
        stills = tf.reshape(tf.where(kept, tf.gather(parts, places, batch_dims=1), ""), [-1])
        by_video = tf.reshape(pixel_counts(stills), [-1, self.frames])
        # One alone may be too large for the sum to be a number.
        small_enough = tf.reduce_all(by_video <= self.max_pixels, axis=1) & (
            tf.reduce_sum(tf.minimum(by_video, self.max_pixels), axis=1) <= self.max_pixels
        )
        read, (pixels,) = attempt_each(
            tf.where(tf.repeat(small_enough, self.frames), stills, ""),
            self.still.pixels,
            works=ONE_BLACK_PIXEL,
            finish=lambda one: (self.still.resized(one),),
            signature=(tf.TensorSpec(self.still.shape, tf.float32),),
        )
        return tf.reshape(pixels, [-1, self.frames, *self.still.shape]), tf.reshape(read, [-1, self.frames])

    def measures(self, raw: tf.Tensor, tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        pixels, mask = tensor[..., :-1], tensor[:, :, 0, 0, -1]
        means, variances = tf.nn.moments(pixels, axes=[2, 3, 4])
        changes = tf.reduce_mean(tf.abs(pixels[:, 1:] - pixels[:, :-1]), axis=[2, 3, 4])
        return {
            "frames": tf.reduce_sum(mask, axis=1),
            "brightness": mean_where(means, mask),
            "contrast": mean_where(tf.sqrt(variances), mask),
            "motion": mean_where(changes, mask[:, 1:] * mask[:, :-1]),
        }

    def augment(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if not (self.flip or self.crop or self.rotate or self.noise):
            return tensor
        pixels, mask = tensor[..., :-1], tensor[..., -1:]
        # All frames as the channels of one picture: what happens to it happens to all of them alike.
        folded = tf.transpose(pixels, [0, 2, 3, 1, 4])
        one_picture = tf.reshape(folded, [-1, self.height, self.width, self.frames * self.channels])
        varied = tf.reshape(self.still.augment(one_picture, seed), tf.shape(folded))
        return tf.concat([tf.transpose(varied, [0, 3, 1, 2, 4]) * mask, mask], axis=4)


def mean_where(values: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """The mean of each row over the places where the mask is 1, 0 where it is nowhere."""
    return tf.reduce_sum(values * mask, axis=1) / tf.maximum(tf.reduce_sum(mask, axis=1), 1.0)


# GIF, 1 x 1.
ONE_BLACK_FRAME = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
