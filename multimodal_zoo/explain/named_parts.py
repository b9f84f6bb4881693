"""The parts of a modality that a person can name: words, ids, regions, moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Audio, Modality, Numeric
from multimodal_zoo.modalities.vocabulary import FIRST_KNOWN

# Most rows and columns of regions of a picture, and most moments of a recording, that are told one by one.
REGIONS, MOMENTS = 8, 100


def named_parts(
    modality: Modality, value: Any, tensor: np.ndarray, attributions: np.ndarray
) -> list[tuple[str, float]]:
    """The attributions of one modality, summed over what has a name.

    Args:
        modality: what the values are of.
        value: the raw value of the record.
        tensor: what the network was given for it, without the batch axis.
        attributions: as `integrated_gradients` gives them.

    Returns:
        Name and attribution of each word, id, number, region of a picture, frame, step, point or moment, in their
        order; what is padding has none. The values add up to the sum of `attributions`.

    Example:
        >>> named_parts(Text(100, 4), "Clear lungs.", ids, np.array([0.25, 0.5, 0, 0]))
        [('clear', 0.25), ('lungs', 0.5)]
    """
    if modality.kind == "text":
        return named(words_of(modality, value), attributions)
    if hasattr(modality, "vocabulary"):
        ids = tensor.ravel()
        names = [name_of_id(modality, one) for one in ids]
        return [
            (name, float(one)) for name, one, number in zip(names, attributions.ravel(), ids, strict=True) if number
        ]
    if modality.kind == "image":
        return regions(attributions)
    if isinstance(modality, Audio):
        return moments(attributions, modality.seconds)
    if isinstance(modality, Numeric):
        return named(["value"] if modality.size == 1 else numbered("number", modality.size), attributions)
    by_step = attributions.reshape(len(attributions), -1).sum(1)
    there = tensor.reshape(len(tensor), -1)[:, -1] != 0
    what = {"video": "frame", "points": "point"}.get(modality.kind, "step")
    return [pair for pair, is_there in zip(named(numbered(what, len(there)), by_step), there, strict=True) if is_there]


def words_of(modality: Any, value: Any) -> list[str]:
    """The words of a text as the network reads them, unknown ones spelled out."""
    words = modality.words(tf.constant([modality.encode(value)]))[0, : modality.length].numpy()
    return [word.decode("utf-8") for word in words]


def name_of_id(modality: Any, number: int) -> str:
    """What an id stands for."""
    known = number >= FIRST_KNOWN and number - FIRST_KNOWN < len(modality.vocabulary)
    return modality.vocabulary[number - FIRST_KNOWN] if known else "(unknown)"


def named(names: Sequence[str], values: np.ndarray) -> list[tuple[str, float]]:
    """Each name with its value; values behind the last name are padding."""
    return [(name, float(value)) for name, value in zip(names, values.ravel(), strict=False)]


def numbered(what: str, count: int) -> list[str]:
    """So many names, counted from 1."""
    return [f"{what} {number}" for number in range(1, count + 1)]


def regions(attributions: np.ndarray) -> list[tuple[str, float]]:
    """The sums over a grid of regions, row by row from the upper left, named by their pixels."""
    by_pixel = attributions.sum(-1)
    rows, columns = (np.array_split(np.arange(size), min(size, REGIONS)) for size in by_pixel.shape)
    return [
        (f"rows {r[0]}-{r[-1]}, columns {c[0]}-{c[-1]}", float(by_pixel[r[0] : r[-1] + 1, c[0] : c[-1] + 1].sum()))
        for r in rows
        for c in columns
    ]


def moments(attributions: np.ndarray, seconds: float) -> list[tuple[str, float]]:
    """The sums over equal parts of a recording, named by when they are."""
    by_frame = attributions.reshape(len(attributions), -1).sum(1)
    parts = np.array_split(np.arange(len(by_frame)), min(len(by_frame), MOMENTS))
    each = seconds / len(by_frame)
    return [(f"{p[0] * each:.2f}-{(p[-1] + 1) * each:.2f} s", float(by_frame[p].sum())) for p in parts]
