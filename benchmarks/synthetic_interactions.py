"""SYNTHETIC pairs of vectors whose label is told by one of them, by either, by their sum, or only by both together."""

from __future__ import annotations

import numpy as np
from parts import Part

MODALITIES = ("a", "b")
WIDTH = 16
NOISE = 0.35  # of each of the 16 numbers, against a signal of length 1
SIZES = {"train": 2000, "validation": 500, "test": 2000}
INTERACTIONS = {
    "unique": "a alone tells the label, b nothing",
    "redundant": "a and b tell the same, each with noise of its own",
    "additive": "the label is the sign of a sum, one term of it in each",
    "synergistic": "the label is whether two coins agree, one coin in each",
}


def synthetic_parts(interaction: str, seed: int) -> dict[str, Part]:
    """Made-up rows of "train", "validation" and "test"; the same seed, the same rows.

    Each modality holds one hidden number along a random direction, and noise in all directions. Of "synergistic" no
    function of a, none of b and no sum of two such says anything of the label: the coins are fair and independent, so
    the mean of f(a) + g(b) is the same for both labels.

    Args:
        interaction: one of `INTERACTIONS`.
        seed: of all draws.
    """
    random = np.random.default_rng([seed, list(INTERACTIONS).index(interaction)])
    directions = random.standard_normal((2, WIDTH))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    parts = {}
    for name, count in SIZES.items():
        hidden, labels = hidden_numbers(interaction, count, random)
        vectors = hidden[:, :, None] * directions + NOISE * random.standard_normal((count, 2, WIDTH))
        inputs = {modality: vectors[:, column].astype("float32") for column, modality in enumerate(MODALITIES)}
        parts[name] = Part(inputs, labels, np.ones(count, "float32"))
    return parts


def hidden_numbers(interaction: str, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The hidden number of each modality, `(count, 2)`, and the labels, `(count,)`."""
    if interaction == "additive":
        hidden = random.uniform(-1.7, 1.7, (count, 2))
        return hidden, (hidden.sum(axis=1) > 0).astype("int32")
    coins = random.choice([-1.0, 1.0], (count, 2))
    if interaction == "redundant":
        coins[:, 1] = coins[:, 0]
    if interaction == "synergistic":
        return coins, (coins[:, 0] == coins[:, 1]).astype("int32")
    return coins, (coins[:, 0] > 0).astype("int32")
