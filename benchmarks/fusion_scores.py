"""From what the networks said of each test row to accuracy or AUC, their intervals, and gains over another network."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from fusion_tasks import Task
from results_covid_cxr import pooled
from scipy.stats import rankdata

from multimodal_zoo.metrics import bootstrap_interval


@dataclasses.dataclass(frozen=True)
class Scores:
    """What one network said of the test rows, with every seed.

    Args:
        values: `(seeds, rows)`: 1 where it was right and 0 where not; or, with `labels`, how likely class 1 is.
        labels: `(rows,)`; None where the values say what was right.
    """

    values: np.ndarray
    labels: np.ndarray | None = None

    def figures(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Accuracy or AUC of each seed, perhaps on some of the rows only."""
        chosen = self.values[:, rows]
        return chosen.mean(axis=1) if self.labels is None else areas(self.labels[rows], chosen)

    def defined_on(self, rows: np.ndarray) -> bool:
        """Whether there is a figure on these rows: an AUC needs both classes."""
        return self.labels is None or len(np.unique(self.labels[rows])) == 2

    def interval(self, groups: np.ndarray, against: Scores | None = None) -> tuple[float, float]:
        """95 % interval of the mean figure, or of its difference from another's, when the test groups are resampled."""

        def difference(rows: np.ndarray) -> float | None:
            if not self.defined_on(rows):
                return None
            return self.figures(rows).mean() - (0.0 if against is None else against.figures(rows).mean())

        return bootstrap_interval(difference, groups, draws=500)


def areas(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Area under the ROC curve of each row of `scores`, `(seeds, rows)`, from the ranks of the positives."""
    positive = labels == 1
    count, others = positive.sum(), (~positive).sum()
    ranks = rankdata(scores, axis=1)[:, positive].sum(axis=1)
    return (ranks - count * (count + 1) / 2) / (count * others)


def scores_by_variant(task: Task, outcome: dict[str, Any], key: str = "scores") -> dict[str, Scores]:
    """The scores of an outcome of `train`, by variant; those of an AUC together, ranked within each variant, as "all".

    Args:
        key: "scores" or "without MODALITY".
    """
    if not task.auc:
        return {name: Scores(np.array([run[key] for run in runs])) for name, runs in outcome["variants"].items()}
    labels = np.concatenate([task.parts(variant, 0)["test"].labels for variant in task.variants])
    by_seed = zip(*outcome["variants"].values(), strict=True)
    return {"all": Scores(np.array([pooled([np.array(run[key]) for run in runs]) for runs in by_seed]), labels)}


def over_all_runs(outcome: dict[str, Any], value: Callable[[dict[str, Any]], float]) -> float:
    """Median over variants and seeds."""
    return float(np.median([value(run) for runs in outcome["variants"].values() for run in runs]))
