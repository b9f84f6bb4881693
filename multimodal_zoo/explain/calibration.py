"""Calibration of a bundle for each subset of its modalities."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from multimodal_zoo.explain.reliability import calibration_error
from multimodal_zoo.explain.temperature import at_temperature, fit_temperature, negative_log_likelihood
from multimodal_zoo.training.at_temperatures import temperatures_of
from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.pipeline import HasDataset, prepare
from multimodal_zoo.training.predict_split import predict_split

# Their answers are the probabilities of classes that exclude each other.
CALIBRATED_TASKS = ("classification", "ranking")
# 2 ** 6 subsets.
MOST_MODALITIES = 6


def calibrate(bundle: Bundle, records: HasDataset, batch_size: int = 256) -> Bundle:
    """Fit a temperature for each subset of the modalities, as a network is surer of some than of others.

    Args:
        bundle: trained network for classification or ranking.
        records: a split that it was not trained on, such as `data.split("validation")`.
        batch_size: records per step; makes no difference to the figures.

    Returns:
        The bundle with `calibration`: by the names of the modalities that are there, joined by "+", the `temperature`,
        and before and after it the negative log-likelihood (`log_loss`) and the expected calibration error in 15 bins
        of equal width (`ece`) and of equal mass (`ece_mass`) on these records. Saved, it has one file more. The network
        `model` is as it was; what the bundle answers, here and exported, is at the temperature of what is there.

    Raises:
        ValueError: the task has no probabilities of classes, or there are more than 6 modalities.

    Example:
        >>> calibrate(bundle, data.split("validation")).calibration["image+report"]["temperature"]
        1.83

    Reference: Guo et al. 2017, arXiv:1706.04599, section 4.2.
    """
    if bundle.card.task not in CALIBRATED_TASKS:
        raise ValueError(
            f"{bundle.card.name} is a network for {bundle.card.task}; calibrated are those for "
            f"{', '.join(CALIBRATED_TASKS)}."
        )
    found = {}
    for there, labels, probabilities in plain_answers(bundle, records, batch_size):
        temperature = fit_temperature(labels, probabilities)
        found[there] = {"temperature": temperature, **before_and_after(labels, probabilities, temperature)}
    return dataclasses.replace(bundle, calibration=found)


def judge_calibration(bundle: Bundle, records: HasDataset, batch_size: int = 256) -> dict[str, dict[str, Any]]:
    """What the temperatures of a bundle are worth on records that they were not fitted on.

    Args:
        bundle: with `calibration`, see `calibrate`.
        records: a split, such as `data.split("test")`.
        batch_size: records per step; makes no difference to the figures.

    Returns:
        By what is there: `records`, and `before` and `after` as `calibrate` keeps them.

    Raises:
        ValueError: a subset of the modalities has no temperature.

    Example:
        >>> judge_calibration(bundle, data.split("test"))["report"]["after"]["ece"]
        0.031
    """
    temperatures_of(bundle.calibration, list(bundle.modalities), bundle.has_presence)
    return {
        there: before_and_after(labels, probabilities, bundle.calibration[there]["temperature"])
        for there, labels, probabilities in plain_answers(bundle, records, batch_size)
    }


def plain_answers(bundle: Bundle, records: HasDataset, batch_size: int) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """By what is there, the labels and what the network itself answers."""
    prepared = prepare(records, bundle.modalities)
    for subset in subsets_of(bundle):
        absent = [name for name in bundle.modalities if name not in subset]
        answers = predict_split(bundle.model, prepared.without(*absent), batch_size)
        yield "+".join(subset), prepared.labels.numpy(), answers


def before_and_after(labels: np.ndarray, probabilities: np.ndarray, temperature: float) -> dict[str, Any]:
    """How far probabilities are from how often they are right, as they are and at a temperature."""
    figures: dict[str, Any] = {"records": len(labels)}
    for when, scaled in (("before", probabilities), ("after", at_temperature(probabilities, temperature))):
        figures[when] = {
            "log_loss": negative_log_likelihood(labels, scaled),
            "ece": calibration_error(labels, scaled),
            "ece_mass": calibration_error(labels, scaled, equal="mass"),
        }
    return figures


def calibrated(bundle: Bundle, probabilities: np.ndarray, there: Mapping[str, bool] | Iterable[str]) -> np.ndarray:
    """A network's probabilities at the temperature of the modalities that were there.

    Args:
        bundle: with `calibration`, see `calibrate`.
        probabilities: of the network itself, `bundle.model`: `(records, classes)`, or of class 1 `(records, 1)`, all
            from the same modalities. What `predict_record`, `evaluate` and an export answer has its temperature.
        there: the names of these modalities, or which are there by name.

    Raises:
        ValueError: no temperature was fitted for them.

    Example:
        >>> calibrated(bundle, np.array([[0.9, 0.1]]), ["report"])
    """
    named = {name for name, is_there in there.items() if is_there} if isinstance(there, Mapping) else set(there)
    key = "+".join(name for name in bundle.modalities if name in named)
    if key not in bundle.calibration:
        raise ValueError(
            f"No temperature was fitted for {key!r}; there are {', '.join(bundle.calibration) or 'none'}. Fit them "
            "with `calibrate(bundle, validation records)`."
        )
    return at_temperature(probabilities, bundle.calibration[key]["temperature"])


def subsets_of(bundle: Bundle) -> list[tuple[str, ...]]:
    """The subsets of the modalities that the network can answer from, the whole first."""
    names = tuple(bundle.modalities)
    if not bundle.has_presence:
        return [names]
    if len(names) > MOST_MODALITIES:
        raise ValueError(f"Calibrated are up to {MOST_MODALITIES} modalities; {bundle.card.name} has {len(names)}.")
    return [one for size in range(len(names), 0, -1) for one in itertools.combinations(names, size)]
