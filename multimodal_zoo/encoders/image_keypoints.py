"""The keypoints of an image, and how the edges run around each: a set of points that no training made."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from multimodal_zoo.encoders.layer_names import prefixed

CELLS, CELL, DIRECTIONS = 4, 4, 8
# Where the cells of a descriptor lie, in pixels from its keypoint.
OFFSETS = tuple(CELL * cell - CELL * (CELLS - 1) // 2 for cell in range(CELLS))
WINDOW, SENSITIVITY, FAINTEST, LARGEST = 5, 0.05, 0.01, 0.2


@keras.saving.register_keras_serializable(package="multimodal_zoo")
class ImageKeypoints(keras.Layer):
    """Finds the corners of images and describes each by the directions of the edges around it.

    A corner is a local maximum of Harris and Stephens' response, with the image gradients g averaged over a window,
    M = mean(g g'), R = det(M) - 0.05 trace(M)^2, that is at least a hundredth of the strongest one of its image. It is
    described as in SIFT: 4 x 4 cells of 4 x 4 pixels around it, in each a histogram of the gradients' directions in 8
    bins, weighted by their lengths and shared between the two nearest bins; of length 1, cut at 0.2, of length 1
    again. Departs from SIFT in that there is one scale, and that the descriptor is not turned with the image: pictures
    that stand upright say more so.

    Called with images (batch, height, width, channels), 0 to 1, returns

    - points (batch, count, 2 + 128): x and y, 0 to 1 from the left and from the top, and the descriptor; the strongest
      corner first, zeros where there are fewer;
    - a mask (batch, count), 1 where there is a point.

    It has no weights. No gradient flows into the places of the points.

    Args:
        count: how many keypoints to keep.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `count` is not positive, or the input is no image.

    Example:
        >>> points, there = ImageKeypoints(64)(images)

    Reference: Harris and Stephens 1988, A combined corner and edge detector; Lowe 2004, Distinctive image features from
        scale-invariant keypoints, section 6.1.
    """

    def __init__(self, count: int = 64, **kwargs: Any):
        super().__init__(**kwargs)
        if count < 1:
            raise ValueError(f"count must be 1 or more, got {count!r}.")
        self.count = int(count)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "count": self.count}

    def build(self, images_shape: Any) -> None:
        if len(images_shape) != 4 or None in images_shape[1:3] or images_shape[1] * images_shape[2] < self.count:
            raise ValueError(
                f"ImageKeypoints takes images (batch, height, width, channels) of a known size with at least as many "
                f"pixels as keypoints, {self.count}; received the shape {tuple(images_shape)}."
            )

    def compute_output_spec(self, images: Any) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        shape = (images.shape[0], self.count)
        width = 2 + CELLS * CELLS * DIRECTIONS
        return keras.KerasTensor((*shape, width), dtype=images.dtype), keras.KerasTensor(shape, dtype="int32")

    def call(self, images: Any) -> tuple[Any, Any]:
        # Products of four gradients are too small for 16 bits.
        across, down = gradients(ops.mean(ops.cast(images, "float32"), axis=-1))
        strength = corner_strength(across, down)
        height, width = strength.shape[1:]
        found, places = ops.top_k(ops.reshape(strength, (-1, height * width)), self.count)
        rows, columns = places // width, places % width
        histograms = direction_histograms(across, down)

        cells = []
        for below in OFFSETS:
            for beside in OFFSETS:
                row = ops.clip(rows + below, 0, height - 1)
                column = ops.clip(columns + beside, 0, width - 1)
                cells.append(ops.take_along_axis(histograms, (row * width + column)[:, :, None], axis=1))
        descriptors = ops.concatenate(cells, axis=-1)
        descriptors = unit_length(ops.minimum(unit_length(descriptors), LARGEST))

        x, y = ((ops.cast(one, "float32") + 0.5) / size for one, size in ((columns, width), (rows, height)))
        there = found > 0
        points = ops.concatenate([x[:, :, None], y[:, :, None], descriptors], axis=-1)
        points = ops.where(there[:, :, None], points, 0.0)
        return ops.cast(points, images.dtype), ops.cast(there, "int32")


def gradients(grey: Any) -> tuple[Any, Any]:
    """Central differences of (batch, height, width) along x and y, the edge repeated outside."""
    padded = ops.pad(grey, [[0, 0], [1, 1], [1, 1]], mode="symmetric")
    across = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    down = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    return across, down


def corner_strength(across: Any, down: Any) -> Any:
    """Harris and Stephens' response where it is a local maximum and not faint beside the image's largest, else 0."""
    products = ops.stack([across * across, down * down, across * down], axis=-1)
    xx, yy, xy = ops.split(ops.average_pool(products, WINDOW, strides=1, padding="same"), 3, axis=-1)
    response = xx * yy - xy * xy - SENSITIVITY * ops.square(xx + yy)
    highest = ops.max_pool(response, WINDOW, strides=1, padding="same")
    strongest = ops.max(response, axis=(1, 2), keepdims=True)
    stands_out = ops.logical_and(response >= highest, response >= FAINTEST * strongest)
    return ops.maximum(ops.where(stands_out, response, 0.0), 0.0)[..., 0]


def direction_histograms(across: Any, down: Any) -> Any:
    """Around each pixel how much gradient of each direction there is: (batch, height * width, directions)."""
    # No direction where there is no gradient; the length is zero there too.
    angle = ops.arctan2(down, across) / (2 * math.pi) * DIRECTIONS
    length = ops.sqrt(ops.maximum(across * across + down * down, 1e-24))
    apart = ops.mod(angle[..., None] - ops.arange(DIRECTIONS, dtype="float32"), DIRECTIONS)
    share = ops.maximum(1 - ops.minimum(apart, DIRECTIONS - apart), 0.0)
    of_cells = ops.average_pool(share * length[..., None], CELL, strides=1, padding="same")
    return ops.reshape(of_cells, (-1, of_cells.shape[1] * of_cells.shape[2], DIRECTIONS))


def unit_length(vectors: Any) -> Any:
    """Of length 1 along the last axis; zeros stay zeros."""
    return vectors / ops.sqrt(ops.maximum(ops.sum(ops.square(vectors), axis=-1, keepdims=True), 1e-12))


def image_keypoints(count: int = 64, name: str | None = None) -> Callable[[Any], tuple[Any, Any]]:
    """Makes an encoder of images as sets of keypoints, to be read by an encoder of points.

    Args:
        count: how many keypoints to keep, at most.
        name: prefix of the layers' names.

    Returns:
        A callable that maps images (batch, height, width, channels), 0 to 1, to points (batch, count, 130) and a mask
        (batch, count), see `ImageKeypoints`.

    Raises:
        ValueError: if `count` is not positive, or the input is no image.

    Example:
        >>> deep_sets((64, 64), (32,))(*image_keypoints(32)(keras.Input((64, 64, 1)))).shape
        (None, 32)
    """
    return ImageKeypoints(count, name=prefixed(name, "keypoints"))
