"""What the made-up data are said to hold, they hold: closed forms of what the best rule can reach."""

import math

import numpy as np
import pytest
from synthetic_interactions import INTERACTIONS, NOISE, SIZES, hidden_numbers, synthetic_parts


def project(part, directions):
    """The hidden numbers as the best linear rule reads them."""
    return np.stack([part.inputs[name] @ directions[name] for name in ("a", "b")], axis=1)


def directions_of(part, hidden_sign):
    """Directions of the hidden numbers, estimated from their signs."""
    found = {}
    for column, name in enumerate(("a", "b")):
        mean = (part.inputs[name] * hidden_sign[:, column : column + 1]).mean(axis=0)
        found[name] = mean / np.linalg.norm(mean)
    return found


def test_of_the_synergistic_label_no_modality_and_no_sum_says_anything():
    hidden, labels = hidden_numbers("synergistic", 200_000, np.random.default_rng(0))
    for first in (-1, 1):
        for second in (-1, 1):
            share = np.mean((hidden[:, 0] == first) & (hidden[:, 1] == second))
            assert share == pytest.approx(0.25, abs=0.005)
        assert labels[hidden[:, 0] == first].mean() == pytest.approx(0.5, abs=0.01)
        assert labels[hidden[:, 1] == first].mean() == pytest.approx(0.5, abs=0.01)
    assert np.array_equal(labels == 1, hidden[:, 0] * hidden[:, 1] > 0)


def test_the_noise_leaves_the_label_readable_as_the_closed_form_says():
    wrong = 0.5 * math.erfc(1 / NOISE / math.sqrt(2))
    parts = synthetic_parts("redundant", 0)
    directions = directions_of(parts["train"], np.repeat(2.0 * parts["train"].labels[:, None] - 1, 2, axis=1))
    seen = project(parts["test"], directions)
    truth = parts["test"].labels == 1
    for column in range(2):
        assert np.mean((seen[:, column] > 0) == truth) == pytest.approx(1 - wrong, abs=0.005)


def test_unique_is_told_by_a_alone():
    hidden, labels = hidden_numbers("unique", 50_000, np.random.default_rng(1))
    assert np.array_equal(labels == 1, hidden[:, 0] > 0)
    assert labels[hidden[:, 1] > 0].mean() == pytest.approx(0.5, abs=0.01)


def test_additive_is_the_sign_of_the_sum():
    hidden, labels = hidden_numbers("additive", 50_000, np.random.default_rng(1))
    assert np.array_equal(labels == 1, hidden.sum(axis=1) > 0)
    # Of two uniform numbers the sign of one is right in three of four.
    assert np.mean((hidden[:, 0] > 0) == labels) == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_rows_are_pinned_by_the_seed_and_sized_as_said(interaction):
    parts, again, other = (synthetic_parts(interaction, seed) for seed in (0, 0, 1))
    assert {name: len(part) for name, part in parts.items()} == SIZES
    for name in parts:
        np.testing.assert_array_equal(parts[name].inputs["b"], again[name].inputs["b"])
        assert not np.array_equal(parts[name].inputs["b"], other[name].inputs["b"])
