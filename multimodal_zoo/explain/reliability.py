"""How often answers of a given confidence are right: the reliability table, and the expected calibration error."""

from __future__ import annotations

import dataclasses

import numpy as np

BINS = ("width", "mass")


@dataclasses.dataclass(frozen=True)
class ReliabilityBin:
    """The answers whose confidence lies in one bin.

    Args:
        lowest, highest: confidence at the edges of the bin.
        count: answers in it.
        confidence, accuracy: their mean confidence, and the share that is right; NaN where there is no answer.
    """

    lowest: float
    highest: float
    count: int
    confidence: float
    accuracy: float


def reliability_table(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = 15, equal: str = "width"
) -> list[ReliabilityBin]:
    """Accuracy and confidence of the answers, bin by bin of the confidence.

    Args:
        labels: class numbers `(records,)`.
        probabilities: `(records, classes)`, or of class 1 `(records, 1)`; the confidence is the largest of a row.
        bins: how many, at least 1.
        equal: "width": each bin as wide as the others, ((m-1)/M, m/M]; "mass": each holds as many answers, but for one,
            as the others, sorted by confidence.

    Raises:
        ValueError: a shape or a value is none of these, or there is no record.

    Example:
        >>> reliability_table(np.array([1, 0]), np.array([[0.1, 0.9], [0.3, 0.7]]), bins=1)[0].accuracy
        0.5

    Reference: Guo et al. 2017, arXiv:1706.04599, section 2; bins of equal mass: Nguyen and O'Connor 2015,
        arXiv:1508.05154, section 3.
    """
    if bins < 1 or equal not in BINS:
        raise ValueError(f"bins is 1 or more and equal one of {', '.join(BINS)}; got bins={bins!r}, equal={equal!r}.")
    labels, probabilities = of_classes(labels, probabilities)
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    if equal == "width":
        edges = np.arange(bins + 1) / bins
        number = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1).astype(int)
        groups = [np.flatnonzero(number == one) for one in range(bins)]
    else:
        groups = np.array_split(np.argsort(confidence, kind="stable"), bins)
        lowest = [confidence[group[0]] if len(group) else confidence.max() for group in groups]
        edges = np.append(lowest, confidence.max())
    return [
        ReliabilityBin(
            float(edges[place]),
            float(edges[place + 1]),
            len(group),
            float(confidence[group].mean()) if len(group) else float("nan"),
            float(right[group].mean()) if len(group) else float("nan"),
        )
        for place, group in enumerate(groups)
    ]


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = 15, equal: str = "width") -> float:
    """The expected calibration error: sum over the bins of their share of the records times |accuracy - confidence|.

    Arguments and errors as `reliability_table`.

    Example:
        >>> round(calibration_error(np.array([1, 0]), np.array([[0.1, 0.9], [0.3, 0.7]]), bins=1), 3)
        0.3

    Reference: Guo et al. 2017, arXiv:1706.04599, equation 3.
    """
    table = [one for one in reliability_table(labels, probabilities, bins, equal) if one.count]
    return sum(one.count * abs(one.accuracy - one.confidence) for one in table) / sum(one.count for one in table)


def of_classes(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Class numbers `(records,)` and probabilities `(records, classes)` float64, also of class 1 alone.

    Raises:
        ValueError: the shapes or values are others, or there is no record.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities, "float64")
    if probabilities.ndim != 2 or not len(probabilities) or labels.size != len(probabilities):
        raise ValueError(
            "Labels (records,) and probabilities (records, classes) of one record at least; got the shapes "
            f"{labels.shape} and {probabilities.shape}."
        )
    if probabilities.shape[1] == 1:
        probabilities = np.concatenate([1 - probabilities, probabilities], axis=1)
    if not ((probabilities >= 0) & (probabilities <= 1 + 1e-6)).all():
        raise ValueError("Probabilities lie between 0 and 1; got others.")
    labels = labels.reshape(-1).astype(int)
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise ValueError(
            f"Labels are class numbers below {probabilities.shape[1]}; got {labels.min()} to {labels.max()}."
        )
    return labels, probabilities
