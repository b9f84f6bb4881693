"""The picture of the comparison: one panel a data set, one line an operator, the best single modality across."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fusion_scores import Scores, scores_by_variant
from fusion_tables import MULTIPLICATIVE, Outcomes, alone
from fusion_tasks import Task
from plotting import plotting, write_svg
from scipy.stats import t


def interval_of(task: Task, scores: Scores) -> tuple[float, float]:
    """Over the test groups; of made-up data, which are drawn anew for every seed, over the seeds."""
    if task.groups is not None:
        return scores.interval(task.groups())
    figures = scores.figures()
    half = t.ppf(0.975, len(figures) - 1) * figures.std(ddof=1) / np.sqrt(len(figures))
    return float(figures.mean() - half), float(figures.mean() + half)


def plot_operators(panels: list[tuple[str, Task, str, Outcomes]], file: Path) -> None:
    """Draw and write an SVG.

    Args:
        panels: title, task, variant ("all" for an AUC), and outcomes of each.
        file: where to.
    """
    plt = plotting("fusion operators")
    singles = {alone(modality) for _, task, _, _ in panels for modality in task.modalities}
    names = sorted({name for *_, outcomes in panels for name in outcomes} - singles, reverse=True)
    figure, axes = plt.subplots(1, len(panels), figsize=(3 * len(panels), 0.19 * len(names) + 1), sharey=True)
    for axis, (title, task, variant, outcomes) in zip(axes, panels, strict=True):
        scores = {name: scores_by_variant(task, outcome)[variant] for name, outcome in outcomes.items()}
        scale = 1 if task.auc else 100
        for place, name in enumerate(names):
            low, high = interval_of(task, scores[name])
            colour = "tab:red" if name in MULTIPLICATIVE else "tab:blue"
            axis.plot([scale * low, scale * high], [place, place], color=colour, linewidth=1)
            axis.plot(scale * scores[name].figures().mean(), place, "o", color=colour, markersize=4)
        best = max(scores[alone(modality)].figures().mean() for modality in task.modalities)
        axis.axvline(scale * best, color="grey", linestyle="--", linewidth=1)
        axis.set_title(title)
        axis.set_xlabel("AUC" if task.auc else "accuracy, %")
        axis.grid(axis="x", alpha=0.3)
    axes[0].set_yticks(range(len(names)), names)
    figure.suptitle("dashed: best single modality; red: operators that multiply modalities; lines: 95 % intervals")
    figure.tight_layout()
    write_svg(figure, file)
