"""How an exported model bears noise and missing modalities, in the terms of MultiBench."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.explain.raw_noise import NOISES
from multimodal_zoo.modalities import batch_records
from multimodal_zoo.tasks import task_named
from multimodal_zoo.training.bundle import Bundle

# Under which of these names an export answers with its figures.
ANSWERS = ("probabilities", "scores", "values")


@dataclasses.dataclass(frozen=True)
class NoiseCurve:
    """The figure of a model under growing noise on one modality.

    Args:
        modality, noise, unit: which, of what kind, and in which unit.
        levels: from 0 on.
        figures: one for each level.
    """

    modality: str
    noise: str
    unit: str
    levels: tuple[float, ...]
    figures: tuple[float, ...]

    @property
    def relative_robustness(self) -> float:
        """The mean figure over all levels, the area under the curve: see `area_under`."""
        return area_under(self.levels, self.figures)

    def is_like(self, other: NoiseCurve) -> bool:
        """Whether both are of the same noise on the same modality at the same levels."""
        same = ("modality", "noise", "levels")
        return all(getattr(self, one) == getattr(other, one) for one in same)


@dataclasses.dataclass(frozen=True)
class RobustnessReport:
    """What became of a model under noise and without modalities.

    Args:
        figure: its name, such as "accuracy"; more is better, 1 is the best.
        clean: that figure without noise.
        curves: one for each modality and kind of noise.
        missing: the figure by the modalities that are left, joined by "+"; empty where none may be missing.
        attacks: curves under attack, see `attack_curves`; empty where none was made.
    """

    figure: str
    clean: float
    curves: tuple[NoiseCurve, ...]
    missing: dict[str, float]
    attacks: tuple[NoiseCurve, ...] = ()

    def document(self) -> dict[str, Any]:
        """JSON-ready, with the relative robustness of each curve."""
        curves, attacks = (
            [{**dataclasses.asdict(one), "relative_robustness": one.relative_robustness} for one in some]
            for some in (self.curves, self.attacks)
        )
        return {
            "figure": self.figure,
            "clean": self.clean,
            "curves": curves,
            "missing": self.missing,
            "attacks": attacks,
        }

    def curve_like(self, curve: NoiseCurve) -> NoiseCurve | None:
        """The curve of the same noise or attack on the same modality at the same levels, if there is one."""
        same = (one for one in (*self.curves, *self.attacks) if one.is_like(curve))
        return next(same, None)


def robustness_report(
    artefact: str | os.PathLike[str],
    bundle: Bundle,
    records: Iterable[tuple[Mapping[str, Any], Any]],
    *,
    noises: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
    batch_size: int = 64,
) -> RobustnessReport:
    """Measure an exported model on raw records, as they are, with noise on one modality at a time, and without some.

    Asked is the SavedModel itself, by its signature `serving_default`: raw bytes and strings in.

    Args:
        artefact: a folder that `export_bundle` wrote.
        bundle: what it was exported from; says of which kind each input is.
        records: raw records with their labels, such as `data.split("test")`.
        noises: kinds of noise by modality, see `raw_noise.NOISES`; None takes all there are.
        seed: of the noise; the noise of a record is the same at each run.
        batch_size: records per request.

    Returns:
        The report; the figure is the main one of the task: accuracy, or of two classes and of scores the AUC.

    Raises:
        ValueError: there is no record, the task has no figures of rows, or a noise is not known for its modality.

    Example:
        >>> report = robustness_report("saved_models/lstnet_diagnosis/1", bundle, data.split("test"))
        >>> report.missing
        {'image+report': 0.87, 'image': 0.56, 'report': 0.86}

    Reference: Liang et al. 2021 (MultiBench), arXiv:2107.07502, section on robustness: curves of the figure against
        growing imperfections, single-modality and missing ones. Kinds and levels of noise are those of `raw_noise`,
        on raw values, and not the paper's.
    """
    rows = [(dict(record), label) for record, label in records]
    if not rows:
        raise ValueError("There is no record to measure on.")
    asked = chosen_noises(bundle, noises)
    exported = ExportedModel(artefact, bundle, batch_size)
    labels = np.asarray([label for _, label in rows])
    raw = [record for record, _ in rows]
    figure, clean = exported.figure(raw, labels)
    curves = []
    for modality, kinds in asked.items():
        for kind in kinds:
            noise = NOISES[bundle.modalities[modality].kind][kind]
            figures = [clean] + [
                exported.figure(with_noise(bundle, raw, modality, kind, level, seed), labels)[1]
                for level in noise.levels[1:]
            ]
            curves.append(NoiseCurve(modality, kind, noise.unit, noise.levels, tuple(figures)))
    missing = {}
    if bundle.has_presence:
        names = tuple(bundle.modalities)
        for left in (one for size in range(len(names), 0, -1) for one in itertools.combinations(names, size)):
            kept = [{name: record[name] for name in left if name in record} for record in raw]
            missing["+".join(left)] = clean if left == names else exported.figure(kept, labels)[1]
    return RobustnessReport(figure, clean, tuple(curves), missing)


class ExportedModel:
    """A SavedModel that is asked with raw records."""

    def __init__(self, artefact: str | os.PathLike[str], bundle: Bundle, batch_size: int) -> None:
        # Kept: its variables live as long as it.
        self._loaded = tf.saved_model.load(os.fspath(artefact))
        self._serve = self._loaded.signatures["serving_default"]
        self._bundle, self._batch_size = bundle, batch_size
        wanted = {modality.raw_name(name) for name, modality in bundle.modalities.items()}
        taken = set(self._serve.structured_input_signature[1])
        if taken != wanted:
            raise ValueError(
                f"{artefact} takes {', '.join(sorted(taken))}, and the bundle reads {', '.join(sorted(wanted))}: name "
                "the bundle that it was exported from."
            )

    def answers(self, records: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """The figures that the model answers with, `(records, figures)`."""
        modalities, parts = self._bundle.modalities, []
        for first in range(0, len(records), self._batch_size):
            raw = batch_records(modalities, list(records[first : first + self._batch_size]))
            said = self._serve(**{modalities[name].raw_name(name): value for name, value in raw.items()})
            key = next((one for one in ANSWERS if one in said), None)
            if key is None:
                raise ValueError(
                    f"The export answers with {', '.join(said)}, and not with one of {', '.join(ANSWERS)}."
                )
            parts.append(said[key].numpy())
        return np.concatenate(parts)

    def figure(self, records: Sequence[Mapping[str, Any]], labels: np.ndarray) -> tuple[str, float]:
        """The main figure of the task, its name and value."""
        return main_figure(self._bundle, labels, self.answers(records))


def main_figure(bundle: Bundle, labels: np.ndarray, predictions: np.ndarray) -> tuple[str, float]:
    """The main figure of a bundle's task, its name and value.

    Raises:
        ValueError: the records do not define it.
    """
    task = task_named(bundle.card.task)
    figures = task.metrics(labels, predictions, bundle.class_names)
    name = task.main_figure_of(predictions.shape[1])
    if figures.get(name) is None:
        raise ValueError(f"The {name} of these {len(labels)} records is not defined: it needs some of each class.")
    return name, float(figures[name])


def chosen_noises(bundle: Bundle, noises: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
    """Kinds of noise by modality.

    Raises:
        ValueError: there is no such modality, or no such noise for it.
    """
    known = {name: list(NOISES.get(one.kind, {})) for name, one in bundle.modalities.items()}
    if noises is None:
        return known
    for name, kinds in noises.items():
        for kind in kinds:
            if kind not in known.get(name, ()):
                there = "; ".join(f"{one}: {', '.join(its) or 'none'}" for one, its in known.items())
                raise ValueError(f"There is no noise {kind!r} for {name!r}. There is {there}.")
    return {name: list(kinds) for name, kinds in noises.items()}


def with_noise(
    bundle: Bundle, records: Sequence[Mapping[str, Any]], modality: str, kind: str, level: float, seed: int
) -> list[dict[str, Any]]:
    """The records with noise on one modality; what is absent or cannot be decoded stays as it is."""
    declared = bundle.modalities[modality]
    noise = NOISES[declared.kind][kind]
    noisy = []
    for number, record in enumerate(records):
        value = record.get(modality)
        if level and is_there(value):
            # A broken picture or recording counts as absent, with noise and without.
            with contextlib.suppress(tf.errors.InvalidArgumentError):
                value = noise.apply(declared, value, level, np.random.default_rng([seed, number]))
        noisy.append({**record, **({} if value is None else {modality: value})})
    return noisy


def is_there(value: Any) -> bool:
    """Whether a raw value is more than the empty one of its kind."""
    return bool(value) if isinstance(value, (str, bytes)) else value is not None and np.size(value) > 0


def area_under(levels: Sequence[float], figures: Sequence[float]) -> float:
    """Relative robustness: the mean of the figure over the levels, (1 / L) times the integral from 0 to the last, L.

    The curve is taken as straight between its points.

    Example:
        >>> area_under([0.0, 1.0, 2.0], [1.0, 0.5, 0.5])
        0.625

    Reference: MultiBench, arXiv:2107.07502: the area under the performance-imperfection curve. Departs from it: divided
        by L, so that curves of different units can stand beside each other, and not scaled by the least and the most
        robust of several methods.
    """
    if len(levels) != len(figures) or len(levels) < 2 or (np.diff(levels) <= 0).any():
        raise ValueError(f"At least two growing levels with a figure each; got {list(levels)} and {list(figures)}.")
    return float(np.trapezoid(figures, levels) / (levels[-1] - levels[0]))


def effective_robustness(curve: NoiseCurve, baseline: NoiseCurve) -> float:
    """What a model keeps under noise beyond what a baseline keeps, both reckoned from the same figure without noise.

        (1 / L) times the integral of [f(l) - f(0)] - [b(l) - b(0)]

    Args:
        curve, baseline: of the same modality, noise and levels; the baseline is a simple network, such as
            `late_ensemble`.

    Returns:
        Above 0 where the model loses less than the baseline.

    Raises:
        ValueError: the curves are not of the same noise.

    Example:
        >>> effective_robustness(report.curves[0], report_of_late_fusion.curves[0])
        0.031

    Reference: MultiBench, arXiv:2107.07502, after Taori et al. 2020, arXiv:2007.00644. As in MultiBench's own code the
        baseline is moved by the difference of the clean figures, b(l) + f(0) - b(0), b being late fusion there. Departs
        from it: the area between the curves takes the place of the sum over the levels, and nothing is scaled by the
        least and the most robust of several methods.
    """
    if not curve.is_like(baseline):
        raise ValueError(
            f"Two curves of the same noise; got {curve.noise!r} on {curve.modality!r} at {curve.levels} and "
            f"{baseline.noise!r} on {baseline.modality!r} at {baseline.levels}."
        )
    lost = [figure - curve.figures[0] for figure in curve.figures]
    lost_by_baseline = [figure - baseline.figures[0] for figure in baseline.figures]
    return area_under(curve.levels, lost) - area_under(baseline.levels, lost_by_baseline)
