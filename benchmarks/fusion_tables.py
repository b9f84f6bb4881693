"""The tables of the comparison of the fusion operators."""

from __future__ import annotations

from typing import Any

import numpy as np
from experiment import mean_and_spread
from fusion_scores import Scores, over_all_runs, scores_by_variant
from fusion_tasks import Task
from synthetic_interactions import INTERACTIONS

# Operators in whose answer features of different modalities are multiplied with each other.
MULTIPLICATIVE = (
    "block",
    "film",
    "low_rank_tensor_fusion",
    "mcb",
    "mfb",
    "mfh",
    "mlb",
    "multiplicative_interactions",
    "mutan",
    "tensor_fusion",
    "tucker",
)
SYNERGY_BAR = 0.95
COST = ["parameters", "CPU ms per step"]
# What a missing modality costs is certain where it alone, or nothing without it, tells the label.
MISSING_OF_INTEREST = (("unique", "b"), ("redundant", "a"), ("redundant", "b"), ("additive", "a"), ("additive", "b"))

Outcomes = dict[str, dict[str, Any]]


def alone(modality: str) -> str:
    """The name of the row of a single modality."""
    return f"{modality} alone"


def cost(outcome: dict[str, Any]) -> list[Any]:
    """Parameters, and the median CPU time of a training step."""
    return [outcome["parameters"], f"{over_all_runs(outcome, lambda run: run['step_ms']):.2f}"]


def percent(scores: Scores) -> str:
    """Mean and spread of the accuracy over seeds, in per cent."""
    return mean_and_spread(scores.figures(), 100, 1)


def synthetic_tables(task: Task, outcomes: Outcomes) -> list[dict[str, Any]]:
    """Accuracy by kind of interaction, and what a missing modality costs."""
    scores = {name: scores_by_variant(task, outcome) for name, outcome in outcomes.items()}
    mean = {name: {kind: one.figures().mean() for kind, one in kinds.items()} for name, kinds in scores.items()}
    singles = [alone(modality) for modality in task.modalities]
    best = {kind: max(singles, key=lambda name, kind=kind: mean[name][kind]) for kind in INTERACTIONS}
    operators = sorted((name for name in outcomes if name not in singles), key=lambda name: -mean[name]["synergistic"])
    rows = [["best single modality", *(percent(scores[best[kind]][kind]) for kind in INTERACTIONS), None, None]]
    rows += [
        [name, *(percent(scores[name][kind]) for kind in INTERACTIONS), *cost(outcomes[name])]
        for name in (*singles, *operators)
    ]
    below = [name for name in MULTIPLICATIVE if name in mean and mean[name]["synergistic"] <= SYNERGY_BAR]
    verdict = f"below: {', '.join(below)}" if below else "none is below"
    missing_rows = []
    for name in operators:
        without = {
            modality: scores_by_variant(task, outcomes[name], f"without {modality}") for modality in task.modalities
        }
        lost = [
            scores[name][kind].figures() - without[modality][kind].figures() for kind, modality in MISSING_OF_INTEREST
        ]
        missing_rows.append([name, *(mean_and_spread(one, 100, 1) for one in lost)])
    return [
        {
            "title": "SYNTHETIC pairs of vectors: test accuracy, %, mean ± sd over seeds",
            "columns": ["fusion", *INTERACTIONS, *COST],
            "rows": rows,
            "note": "; ".join(f"{kind}: {meaning}" for kind, meaning in INTERACTIONS.items())
            + f". Operators that multiply features of different modalities are to exceed {100 * SYNERGY_BAR:.0f} % on "
            f"synergistic: {verdict}.",
        },
        {
            "title": "SYNTHETIC pairs of vectors: points of accuracy lost when a modality is missing at test time",
            "columns": ["fusion", *(f"{kind}, {modality} missing" for kind, modality in MISSING_OF_INTEREST)],
            "rows": missing_rows,
            "note": "The fewer the better where the other modality tells the label: redundant, and unique without b.",
        },
    ]


def task_table(task: Task, outcomes: Outcomes) -> dict[str, Any]:
    """The table of a real data set."""
    assert task.groups is not None
    groups = task.groups()
    scores = {name: only(scores_by_variant(task, outcome)) for name, outcome in outcomes.items()}
    mean = {name: one.figures().mean() for name, one in scores.items()}
    singles = [alone(modality) for modality in task.modalities]
    best = max(singles, key=mean.__getitem__)
    operators = sorted((name for name in outcomes if name not in singles), key=lambda name: -mean[name])
    scale, digits = (1, 3) if task.auc else (100, 1)
    rows = []
    for name in (*singles, *operators):
        low, high = scores[name].interval(groups)
        label = f"{name} (best single modality)" if name == best else name
        row = [label, mean_and_spread(scores[name].figures(), scale, digits), span(low, high, scale, digits)]
        if name in singles:
            row += [None] * (1 + len(task.modalities))
        else:
            gain = span(*scores[name].interval(groups, scores[best]), scale, digits, sign="+")
            row.append(f"{scale * (mean[name] - mean[best]):+.{digits}f} {gain}")
            for modality in task.modalities:
                without = only(scores_by_variant(task, outcomes[name], f"without {modality}"))
                row.append(mean_and_spread(scores[name].figures() - without.figures(), scale, digits))
        rows.append([*row, *cost(outcomes[name])])
    figure = "AUC" if task.auc else "accuracy, %"
    return {
        "title": f"{task.title}: test {figure}",
        "columns": [
            "fusion",
            f"{figure}, mean ± sd over seeds",
            "95 % interval",
            "gain over the best single [95 %]",
            *(f"lost without {modality}" for modality in task.modalities),
            *COST,
        ],
        "rows": rows,
        "note": f"{task.note} Intervals: 500 resamples of {task.groups_are}, of the mean over seeds. The first "
        f"operator is the best of {len(operators)} on these test rows: read its gain as an upper end.",
    }


def only(by_variant: dict[str, Scores]) -> Scores:
    """The scores of a task that has one figure."""
    (scores,) = by_variant.values()
    return scores


def span(low: float, high: float, scale: float, digits: int, sign: str = "") -> str:
    """An interval as `[low, high]`."""
    return f"[{scale * low:{sign}.{digits}f}, {scale * high:{sign}.{digits}f}]"


def figures_of(task: Task, outcomes: Outcomes) -> dict[str, Any]:
    """Every figure behind the tables, seed by seed, for the results file."""
    found: dict[str, Any] = {}
    for name, outcome in outcomes.items():
        keys = ["scores", *(f"without {one}" for one in task.modalities if f"without {one}" in first_run(outcome))]
        runs = [run for runs in outcome["variants"].values() for run in runs]
        found[name] = {
            "figures": {
                "complete" if key == "scores" else key: {
                    variant: np.round(scores.figures(), 5).tolist()
                    for variant, scores in scores_by_variant(task, outcome, key).items()
                }
                for key in keys
            },
            "parameters": outcome["parameters"],
            "step_ms": [round(run["step_ms"], 3) for run in runs],
            "epochs": [run["epochs"] for run in runs],
            "best_epoch": [run["best_epoch"] for run in runs],
            "seconds": outcome["seconds"],
        }
    return found


def first_run(outcome: dict[str, Any]) -> dict[str, Any]:
    """Any run of an outcome, to see what was kept of it."""
    return next(iter(outcome["variants"].values()))[0]
