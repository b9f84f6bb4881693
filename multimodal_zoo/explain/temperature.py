"""Temperature scaling: one number that makes probabilities as sure as they are right."""

from __future__ import annotations

import numpy as np

from multimodal_zoo.explain.reliability import of_classes
from multimodal_zoo.training.at_temperatures import LEAST

# Where a network is never wrong the best temperature is 0: so far it is looked for.
COLDEST, HOTTEST = 0.01, 100.0


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The temperature T with which softmax(z / T) has the least negative log-likelihood.

    The logits z are the logarithms of the probabilities, which differ from those of the network by a number for each
    record, and softmax does not see it. With b = 1 / T the likelihood's slope is the mean of E_p[z] - z_y, which rises
    with b: the zero is found by bisection, to float64 precision.

    Args:
        labels: class numbers `(records,)` of a split that the network was not trained on.
        probabilities: `(records, classes)`, or of class 1 `(records, 1)`.

    Returns:
        T, from 0.01 to 100; above 1 the network was too sure.

    Raises:
        ValueError: as `reliability_table`.

    Example:
        >>> round(fit_temperature(np.array([0, 0, 1]), np.array([[0.9, 0.1]] * 3)), 2)
        3.17

    Reference: Guo et al. 2017, arXiv:1706.04599, section 4.2 (temperature scaling).
    """
    labels, probabilities = of_classes(labels, probabilities)
    logits = np.log(np.maximum(probabilities, LEAST))
    of_label = logits[np.arange(len(labels)), labels]

    def slope(inverse: float) -> float:
        return float((np.sum(softmax(logits * inverse) * logits, axis=1) - of_label).mean())

    low, high = 1 / HOTTEST, 1 / COLDEST
    if slope(low) >= 0:
        return HOTTEST
    if slope(high) <= 0:
        return COLDEST
    for _ in range(100):
        # Of a ratio the middle is the root of the product.
        middle = (low * high) ** 0.5
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return float(1 / (low * high) ** 0.5)


def at_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities as they are at another temperature: softmax(log p / T), or of one column its sigmoid.

    The likeliest class stays the likeliest.

    Args:
        probabilities: `(records, classes)`, or of class 1 `(records, 1)`.
        temperature: greater than 0; 1 changes nothing.

    Example:
        >>> at_temperature(np.array([[0.8, 0.2]]), 2.0).round(3).tolist()
        [[0.667, 0.333]]
    """
    if not temperature > 0:
        raise ValueError(f"temperature has to be greater than 0, got {temperature!r}.")
    probabilities = np.asarray(probabilities, "float64")
    alone = probabilities.shape[1] == 1
    both = np.concatenate([1 - probabilities, probabilities], axis=1) if alone else probabilities
    scaled = softmax(np.log(np.maximum(both, LEAST)) / temperature)
    return scaled[:, 1:] if alone else scaled


def softmax(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis."""
    parts = np.exp(logits - logits.max(1, keepdims=True))
    return parts / parts.sum(1, keepdims=True)


def negative_log_likelihood(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean of -log p of what was true, in nats.

    Example:
        >>> round(negative_log_likelihood(np.array([0]), np.array([[0.5, 0.5]])), 4)
        0.6931
    """
    labels, probabilities = of_classes(labels, probabilities)
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], LEAST)).mean())
