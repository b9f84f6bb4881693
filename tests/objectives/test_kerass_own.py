"""The objectives left to Keras are the formulas they are named after."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import expit, log_softmax, softmax


def test_focal_loss_of_two_classes():
    """Lin et al. 2017, arXiv:1708.02002, section 3."""
    draws = np.random.default_rng(0)
    logits, labels = draws.normal(0, 2, (6, 1)), draws.integers(0, 2, (6, 1))
    right = np.where(labels == 1, expit(logits), expit(-logits))
    alpha = np.where(labels == 1, 0.3, 0.7)
    loss = keras.losses.BinaryFocalCrossentropy(True, alpha=0.3, gamma=1.5, from_logits=True)
    assert float(loss(labels, logits)) == pytest.approx(-(alpha * (1 - right) ** 1.5 * np.log(right)).mean(), rel=1e-5)


def test_focal_loss_of_several_classes():
    draws = np.random.default_rng(1)
    logits, labels = draws.normal(0, 2, (6, 4)), np.eye(4)[draws.integers(0, 4, 6)]
    right = (softmax(logits, 1) * labels).sum(1)
    loss = keras.losses.CategoricalFocalCrossentropy(alpha=0.25, gamma=2.0, from_logits=True)
    assert float(loss(labels, logits)) == pytest.approx(-(0.25 * (1 - right) ** 2 * np.log(right)).mean(), rel=1e-4)


def test_ctc_sums_over_every_path():
    """Graves et al. 2006, section 3: paths collapse by dropping repeats, then blanks (class 0)."""
    steps, classes = (4, 3), 3
    logits = np.random.default_rng(2).normal(size=(2, 4, classes)).astype("float32")
    targets = np.array([[1, 2], [2, 0]])
    expected = []
    for row, length, target in zip(logits, steps, ((1, 2), (2,)), strict=True):
        log_p, total = log_softmax(row.astype("float64"), 1), 0.0
        for path in itertools.product(range(classes), repeat=length):
            if tuple(c for c, _ in itertools.groupby(path) if c) == target:
                total += np.exp(sum(log_p[step, c] for step, c in enumerate(path)))
        expected.append(-np.log(total))
    got = ops.ctc_loss(targets, logits, np.array([2, 1]), np.array(steps))
    np.testing.assert_allclose(ops.convert_to_numpy(got), expected, rtol=1e-5)
