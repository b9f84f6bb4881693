"""Gradient blending: how much each modality's own loss should count, from how it overfits and generalises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def gradient_blending_weights(generalization: Sequence[float], overfitting: Sequence[float]) -> np.ndarray:
    """Weights of the losses of several runs: w_k proportional to G_k / O_k^2, summing to 1.

    The runs are each modality alone and all together; the network is then trained on the weighted sum of its unimodal
    losses and its joint one. A run that got worse on validation (G_k <= 0) gets weight 0, where the paper's formula
    would give a negative one.

    Args:
        generalization: G_k, by how much the validation loss of run k fell between two checkpoints.
        overfitting: O_k, by how much the gap between its validation and its training loss grew.

    Returns:
        `(runs,)` weights from 0 to 1.

    Raises:
        ValueError: if the two differ in length, no run generalises, or one that does did not overfit at all, which
            would give it everything.

    Example:
        >>> gradient_blending_weights([0.5, 0.5, 1.0], [0.1, 0.2, 0.2]).round(4).tolist()
        [0.5714, 0.1429, 0.2857]

    Reference: Wang et al. 2020, arXiv:1905.12681, proposition 1, with the estimate of its algorithm for the weights.
    """
    gains, growth = np.asarray(generalization, "float64"), np.asarray(overfitting, "float64")
    if gains.ndim != 1 or gains.shape != growth.shape or not len(gains):
        raise ValueError(f"One generalization and one overfitting a run are needed; got {gains.shape}, {growth.shape}.")
    if not np.isfinite([gains, growth]).all():
        raise ValueError(f"The figures must be finite; got {gains.tolist()} and {growth.tolist()}.")
    gains = np.maximum(gains, 0)
    if not gains.any():
        raise ValueError("No run got better on validation between the two checkpoints: choose an earlier first one.")
    still = [int(run) for run in np.flatnonzero((growth == 0) & (gains > 0))]
    if still:
        raise ValueError(f"Runs {still} did not overfit at all: choose checkpoints that lie farther apart.")
    weights = np.divide(gains, growth**2, out=np.zeros_like(gains), where=gains > 0)
    return weights / weights.sum()


def generalization_and_overfitting(
    train: Mapping[str, tuple[float, float]], validation: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """What `gradient_blending_weights` takes, from the losses of each run at two checkpoints.

        G = V(first) - V(second);   O = (V(second) - T(second)) - (V(first) - T(first))

    Args:
        train: training loss T of each run at the first and the second checkpoint.
        validation: the same for the validation loss V.

    Returns:
        (G, O) of each run.

    Raises:
        ValueError: if the two name different runs.

    Example:
        >>> generalization_and_overfitting({"image": (1.0, 0.25)}, {"image": (1.0, 0.5)})
        {'image': (0.5, 0.25)}

    Reference: Wang et al. 2020, arXiv:1905.12681, section 3.1.
    """
    if set(train) != set(validation):
        raise ValueError(f"train names the runs {sorted(train)}, validation {sorted(validation)}.")
    figures = {}
    for run, (train_first, train_second) in train.items():
        first, second = validation[run]
        figures[run] = (first - second, (second - train_second) - (first - train_first))
    return figures
