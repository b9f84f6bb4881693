"""Rows of a split as plain arrays, as the small networks of the comparison read them."""

from __future__ import annotations

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Part:
    """The rows of one split.

    Args:
        inputs: name -> `(rows, ...)` float32.
        labels: whole numbers, `(rows,)`, or `(rows, steps)` where every step of a row is classified.
        counts: shaped as the labels: 1 where there is something to classify, 0 at padding.
    """

    inputs: dict[str, np.ndarray]
    labels: np.ndarray
    counts: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def standardised(parts: dict[str, Part], limit: float = 5.0) -> dict[str, Part]:
    """Each number less its mean, over its standard deviation, of what counts in "train"; padding stays zero.

    Args:
        parts: "train" and others.
        limit: what is further from the mean than so many standard deviations is moved there.
    """
    train = parts["train"]
    there = train.counts > 0
    moments = {name: (values[there].mean(axis=0), values[there].std(axis=0)) for name, values in train.inputs.items()}
    scaled = {}
    for part, rows in parts.items():
        inputs = {}
        for name, values in rows.inputs.items():
            mean, deviation = moments[name]
            # What never varies in training says nothing, whatever it is elsewhere.
            standard = np.where(deviation > 1e-6, (values - mean) / np.maximum(deviation, 1e-6), 0.0)
            inputs[name] = (np.clip(standard, -limit, limit) * (rows.counts > 0)[..., None]).astype("float32")
        scaled[part] = dataclasses.replace(rows, inputs=inputs)
    return scaled
