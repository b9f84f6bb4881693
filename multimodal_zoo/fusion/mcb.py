"""MCB: bilinear pooling in a small space, by count sketches and their convolution."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from multimodal_zoo.fusion.operator import FusionOperator, register_fusion
from multimodal_zoo.fusion.pairs import sum_over_pairs
from multimodal_zoo.fusion.power_normalization import signed_sqrt, unit_length


@register_fusion("mcb")
class MCB(FusionOperator):
    """Sketches the outer product of two encodings without computing it: z = sketch_1(f_1) (*) sketch_2(f_2).

    (*) is the circular convolution, computed by the fast Fourier transform; it gives the count sketch of the
    outer product. f = P y / ||y|| + b, y = sign(z) sqrt(|z|). A count sketch adds each entry, with a random
    sign, to a random one of `sketch_dim` places. Three or more modalities: the convolutions of all pairs are
    summed. A single one: z is its sketch.

    The places and signs are drawn from `seed`, the same on every machine; they are not trained and not stored.

    Absence. The sketch of an absent modality is [1, 0, ..., 0], the neutral element of the convolution: of two,
    the sketch of the one left. With everything absent z is a multiple of it.

    Departs from the paper in softening the root around 0, where its slope is infinite (`signed_sqrt`), in
    dividing very short vectors by a constant (`unit_length`), and in the final linear map to `dim`, which in
    the paper is that of the classifier.

    Args:
        dim: width of the joint representation.
        modalities: names of the encodings, in the order of the columns of `presence`.
        sketch_dim: width of the sketches; the larger, the closer are their dot products to the true ones.
        seed: seed of the places and signs, 0 or more.
        **kwargs: arguments of `keras.Layer`.

    Raises:
        ValueError: if `sketch_dim` is not positive or `seed` is negative.

    Example:
        >>> fuse("mcb", 64, sketch_dim=4096)({"image": image, "question": question}, presence=presence)

    Reference:
        Fukui 2016, arXiv:1606.01847, section 3.1 and algorithm 1.
    """

    def __init__(self, dim: int, modalities: tuple[str, ...], sketch_dim: int = 1024, seed: int = 0, **kwargs: Any):
        super().__init__(dim, modalities, **kwargs)
        if sketch_dim < 1 or seed < 0:
            raise ValueError(
                f"sketch_dim must be positive and seed not negative; received sketch_dim={sketch_dim!r}, seed={seed!r}."
            )
        self.sketch_dim = sketch_dim
        self.seed = seed
        self.hashes: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.projection = keras.layers.Dense(dim, dtype=self.dtype_policy, name="projection")

    def build_operator(self, widths: dict[str, int]) -> None:
        self.hashes = {
            name: places_and_signs(width, self.sketch_dim, self.seed, stream)
            for stream, (name, width) in enumerate(widths.items())
        }
        self.projection.build((None, self.sketch_dim))

    def combine(self, encodings: dict[str, Any], present: Any) -> Any:
        sketches = []
        for column, (name, encoding) in enumerate(encodings.items()):
            sketch = count_sketch(ops.cast(encoding, "float32"), *self.hashes[name], self.sketch_dim)
            if present is not None:
                neutral = ops.one_hot(0, self.sketch_dim, dtype="float32")
                sketch = ops.where(present[:, column : column + 1], sketch, neutral)
            sketches.append(sketch)
        pooled = sum_over_pairs(sketches, circular_convolution)
        return self.projection(unit_length(signed_sqrt(pooled)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "sketch_dim": self.sketch_dim, "seed": self.seed}


def places_and_signs(width: int, sketch_dim: int, seed: int, stream: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws where a count sketch puts each entry, and with which sign.

    Args:
        width: number of entries.
        sketch_dim: number of places.
        seed: seed of the draws.
        stream: number of the modality; each has draws of its own.

    Returns:
        Places in 0 .. sketch_dim - 1 (int32) and signs -1 or 1 (float32), each of shape (width,).
    """
    # The raw numbers of a bit generator never change between versions of NumPy; those of its methods may.
    raw = np.random.Philox(key=[seed, stream]).random_raw(2 * width)
    places = (raw[:width] % np.uint64(sketch_dim)).astype("int32")
    signs = np.where(raw[width:] >> np.uint64(63), 1.0, -1.0).astype("float32")
    return places, signs


def count_sketch(x: Any, places: np.ndarray, signs: np.ndarray, sketch_dim: int) -> Any:
    """Adds each entry of x, with its sign, to its place: (batch, width) to (batch, sketch_dim)."""
    return ops.transpose(ops.segment_sum(ops.transpose(x * signs), places, num_segments=sketch_dim))


def circular_convolution(first: Any, second: Any) -> Any:
    """Circular convolution along the last axis, of real tensors of the same shape."""
    width = first.shape[-1]
    (a, b), (c, d) = ops.rfft(first), ops.rfft(second)
    return ops.irfft((a * c - b * d, a * d + b * c), fft_length=width)
