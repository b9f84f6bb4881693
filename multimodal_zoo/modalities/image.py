"""Encoded images: JPEG, PNG, GIF (first frame) or BMP bytes -> pixels in 0..1."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities.attempt_each import attempt_each
from multimodal_zoo.modalities.image_header import ONE_BLACK_PIXEL, jpeg_size, pixel_counts, pixel_counts_but_of_jpegs
from multimodal_zoo.modalities.modality import Decoded, Modality, require_fraction, require_positive

RESIZES = ("stretch", "pad", "crop")


@dataclasses.dataclass(frozen=True)
class Image(Modality):
    """An encoded image.

    Args:
        height, width: size in pixels the network sees.
        channels: 1 (grey) or 3 (RGB); the bytes are converted.
        resize: "stretch" ignores the aspect ratio, "pad" keeps it and adds black, "crop" keeps it and cuts the centre.
        crop: largest share of a side that augmentation shifts or zooms by, in [0, 1).
        flip: augmentation mirrors left and right.
        rotate: largest angle of augmentation in degrees.
        noise: standard deviation of the Gaussian noise that augmentation adds (pixels are 0..1).
        max_pixels: an image whose header declares more is not decoded, and so absent: its bytes may be few and its
            pixels take all the memory of a server. Of a GIF all frames count.
        draft: a JPEG at least twice as high and as wide as what the network sees is decoded at a half, a quarter or an
            eighth of its size, whichever is just large enough. That takes a fraction of the time, and the picture
            differs a little: it is made smaller by the cosine transform of the JPEG, not by a filter.

    Raw: bytes (absent: `b""`). Tensor: `(height, width, channels)` float32 in 0..1.

    Example:
        >>> Image(128, 128, channels=1, rotate=10.0).input("image").shape
        (None, 128, 128, 1)
    """

    height: int
    width: int
    channels: int = 3
    resize: str = "stretch"
    crop: float = 0.0
    flip: bool = False
    rotate: float = 0.0
    noise: float = 0.0
    max_pixels: int = 2**26
    draft: bool = False

    kind: ClassVar[str] = "image"

    def __post_init__(self) -> None:
        require_positive("Image", height=self.height, width=self.width, max_pixels=self.max_pixels)
        require_fraction("Image", crop=self.crop)
        if self.channels not in (1, 3):
            raise ValueError(f"Image: channels is 1 (grey) or 3 (RGB), got {self.channels!r}.")
        if self.resize not in RESIZES:
            raise ValueError(f"Image: resize is one of {', '.join(RESIZES)}, got {self.resize!r}.")

    @property
    def shape(self) -> tuple[int, int, int]:
        return (self.height, self.width, self.channels)

    def raw_name(self, name: str) -> str:
        return f"{name}_bytes"

    def encode(self, value: Any) -> bytes:
        return encode_bytes("Image", value)

    def example(self, seed: int) -> bytes:
        """A PNG of 24 x 32 pixels in coarse random blocks."""
        blocks = np.random.default_rng(seed).integers(0, 256, (6, 8, self.channels), "uint8")
        return tf.io.encode_png(blocks.repeat(4, axis=0).repeat(4, axis=1)).numpy()

    def decode_one(self, raw: tf.Tensor) -> tf.Tensor:
        """Decode one image (scalar string tensor) to `(height, width, channels)`; raises on bytes that are none."""
        return self.resized(*self.pixels(raw))

    def small_enough(self, raw: tf.Tensor) -> list[tf.Tensor]:
        """As `decode_one`; raises on a JPEG whose header declares more than `max_pixels`, too."""
        size = jpeg_size(raw)
        allowed = tf.where(tf.reduce_prod(size) <= self.max_pixels, raw, "")
        return [self.resized(*self.pixels(allowed, size))]

    def pixels(self, raw: tf.Tensor, size: tf.Tensor | None = None) -> list[tf.Tensor]:
        """Pixels 0..255 of one image, in its own size, or in the least that is large enough (`draft`).

        `size` is its `jpeg_size` where that is known.
        """

        def whole() -> tf.Tensor:
            return tf.io.decode_image(raw, channels=self.channels, expand_animations=False)

        def reduced(ratio: int) -> Callable[[], tf.Tensor]:
            return lambda: tf.io.decode_jpeg(raw, channels=self.channels, ratio=ratio)

        if self.draft:
            halvings = self.halvings(jpeg_size(raw) if size is None else size)
            decoded = tf.switch_case(halvings, [whole, *(reduced(ratio) for ratio in (2, 4, 8))])
        else:
            decoded = whole()
        decoded.set_shape((None, None, self.channels))
        return [decoded]

    def halvings(self, size: tf.Tensor) -> tf.Tensor:
        """How many times the `jpeg_size` of an image can be halved while it is decoded: 0 to 3."""
        times = tf.reduce_min(size // tf.constant([self.height, self.width], tf.int64))
        return tf.reduce_sum(tf.cast(times >= tf.constant([2, 4, 8], tf.int64), tf.int32))

    def resized(self, pixels: tf.Tensor) -> tf.Tensor:
        """Pixels 0..1 in the size the network sees."""
        size = (self.height, self.width)

        def fitted() -> tf.Tensor:
            if self.resize == "pad":
                return tf.image.resize_with_pad(pixels, *size, antialias=True)
            kept = centre_of_ratio(pixels, *size) if self.resize == "crop" else pixels
            return tf.image.resize(kept, size, antialias=True)

        if self.draft:
            # Often it was decoded at just this size; to be told so the filter takes as long as the decoder.
            fits = tf.reduce_all(tf.shape(pixels)[:2] == tf.constant(size))
            resized = tf.ensure_shape(tf.cond(fits, lambda: tf.cast(pixels, tf.float32), fitted), self.shape)
        else:
            resized = fitted()
        return tf.clip_by_value(resized / 255.0, 0.0, 1.0)

    def decode(self, raw: tf.Tensor) -> Decoded:
        # Of JPEGs the decoder itself looks first how large they are: to try each of them twice takes much longer.
        present, (tensor,) = attempt_each(
            tf.where(pixel_counts_but_of_jpegs(raw) <= self.max_pixels, raw, ""),
            self.small_enough,
            works=ONE_BLACK_PIXEL,
            finish=None,
            signature=(tf.TensorSpec(self.shape, tf.float32),),
        )
        return Decoded(tensor, tf.strings.length(raw) > 0, present)

    def measures(self, raw: tf.Tensor, tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        mean, variance = tf.nn.moments(tensor, axes=[1, 2, 3])
        return {
            "brightness": mean,
            "contrast": tf.sqrt(variance),
            "megapixels": tf.cast(pixel_counts(raw), tf.float32) / 1e6,
        }

    def augment(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if self.crop or self.rotate:
            tensor = self.moved(tensor, seed)
        elif self.flip:
            tensor = mirrored(tensor, draw(tensor, seed, 0, 1.0) < 0)
        if self.noise:
            noise = tf.random.stateless_normal(tf.shape(tensor), seed + 5, stddev=self.noise)
            tensor = tf.clip_by_value(tensor + noise, 0.0, 1.0)
        return tensor

    def moved(self, tensor: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Mirror, turn, zoom and shift in one resampling, each about the centre of the image."""
        count = tf.shape(tensor)[0]
        mirror = tf.sign(draw(tensor, seed, 0, 1.0)) if self.flip else tf.ones((count,))
        angle = draw(tensor, seed, 1, self.rotate) * (3.14159265 / 180.0)
        zoom = 1.0 - tf.abs(draw(tensor, seed, 2, self.crop))
        centre_x, centre_y = (self.width - 1) / 2.0, (self.height - 1) / 2.0
        a = mirror * tf.cos(angle) * zoom
        b = -tf.sin(angle) * zoom
        c = mirror * tf.sin(angle) * zoom
        d = tf.cos(angle) * zoom
        shift_x = centre_x - a * centre_x - b * centre_y + draw(tensor, seed, 3, self.crop / 2.0) * self.width
        shift_y = centre_y - c * centre_x - d * centre_y + draw(tensor, seed, 4, self.crop / 2.0) * self.height
        zeros = tf.zeros((count,))
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=tensor,
            transforms=tf.stack([a, b, shift_x, c, d, shift_y, zeros, zeros], 1),
            output_shape=tf.constant([self.height, self.width], tf.int32),
            fill_value=tf.constant(0.0),
            interpolation="BILINEAR",
            fill_mode="CONSTANT",
        )
        return tf.ensure_shape(moved, tensor.shape)


def draw(batch: tf.Tensor, seed: tf.Tensor, offset: int, largest: float) -> tf.Tensor:
    """A number for each image of a batch, between `-largest` and `largest`, that follows from seed and offset alone."""
    return tf.random.stateless_uniform((tf.shape(batch)[0],), seed + offset, -largest, largest)


def mirrored(batch: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """The batch with left and right exchanged in the images that `chosen` `(batch,)` bool names."""
    shape = tf.shape(batch)
    # Of three axes TensorFlow reverses the middle one by copying; of four it computes the place of each number.
    rows = tf.reshape(batch, [shape[0] * shape[1], *batch.shape[2:]])
    # Flat for the same reason: of two axes whole rows are chosen.
    flat = [shape[0], math.prod(batch.shape[1:])]
    chosen_rows = tf.where(chosen[:, None], tf.reshape(tf.reverse(rows, [1]), flat), tf.reshape(batch, flat))
    return tf.ensure_shape(tf.reshape(chosen_rows, shape), batch.shape)


def centre_of_ratio(pixels: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """The largest part of the centre of an image, or of a pile of images, that has the ratio height : width.

    Cut before it is resized: enlarged first, a line of a thousand pixels would become a thousand times as many.
    """
    own = tf.shape(pixels)[-3:-1]
    scale = tf.reduce_min(tf.cast(own, tf.float64) / tf.constant([height, width], tf.float64))
    kept = tf.cast(tf.math.ceil(tf.constant([height, width], tf.float64) * scale), tf.int32)
    kept = tf.clip_by_value(kept, 1, own)
    start = (own - kept) // 2
    return pixels[..., start[0] : start[0] + kept[0], start[1] : start[1] + kept[1], :]


def encode_bytes(kind: str, value: Any) -> bytes:
    """The bytes of a value that is bytes already, or the path of a file that holds them; None is absent."""
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, (str, os.PathLike)):
        if value == "":
            return b""
        with open(value, "rb") as file:
            return file.read()
    raise TypeError(f"{kind}: expected encoded bytes or the path of a file, got {type(value).__name__}.")
