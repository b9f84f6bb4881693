"""What became of the trials of a search, for files and for people."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from multimodal_zoo.training.bundle import json_ready
from multimodal_zoo.training.storage import written_whole
from multimodal_zoo.training.tuning.search import Search
from multimodal_zoo.training.tuning.study import INTERRUPTED, best_number, reason_of, values_of

FILE = "trials.json"
# What Optuna calls it -> what is told.
STATES = {
    "COMPLETE": "done",
    "PRUNED": "pruned",
    "FAIL": "failed",
    "RUNNING": "running",
    "WAITING": "waiting",
}


@dataclasses.dataclass(frozen=True)
class TrialOutcome:
    """What became of one trial.

    Args:
        number: in the order in which they began.
        state: "done", "pruned", "failed", "interrupted" (which does not count), "running" or "waiting".
        value: the figure on the validation split, of a trial that is done.
        values: what was tried, by argument.
        epochs: that were trained.
        seconds: that it took.
        reason: why it failed.
    """

    number: int
    state: str
    value: float | None
    values: dict[str, Any]
    epochs: int
    seconds: float | None
    reason: str | None


def outcome_of(search: Search, study: Any, trial: Any) -> TrialOutcome:
    """A trial as it stands in the file."""
    reason = reason_of(study, trial.number)
    return TrialOutcome(
        trial.number,
        INTERRUPTED if reason == INTERRUPTED else STATES[trial.state.name],
        trial.value if trial.state.name == "COMPLETE" else None,
        values_of(search, trial.params),
        len(trial.intermediate_values),
        trial.user_attrs.get("seconds"),
        None if reason == INTERRUPTED else reason,
    )


def outcomes_of(search: Search, study: Any) -> list[TrialOutcome]:
    """All trials, in the order in which they began."""
    return [outcome_of(search, study, one) for one in study.get_trials(deepcopy=False)]


def write_outcomes(search: Search, study: Any, outcomes: list[TrialOutcome]) -> dict[str, Any]:
    """Write `trials.json` into the work folder, whole at any moment.

    Returns:
        Its content: what was searched, `figure` and `higher_is_better`, `trials`, and `best`, the number of one.
    """
    document = {
        **search.identity,
        "figure": search.task.judged,
        "higher_is_better": search.task.higher_is_better,
        "best": best_number(study),
        "trials": [json_ready(dataclasses.asdict(one)) for one in outcomes],
    }
    with written_whole(search.work / FILE) as file:
        file.write(json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n")
    return document


def told(outcome: TrialOutcome, figure: str) -> str:
    """One trial as a line.

    Example:
        >>> told(TrialOutcome(3, "pruned", None, {"fusion": "gated"}, 2, 4.0, None), "log_loss")
        'trial 3: pruned after 2 epochs (fusion=gated)'
    """
    what = {
        "done": f"{figure} {outcome.value:.4f}" if outcome.value is not None else "done",
        "pruned": f"pruned after {outcome.epochs} epoch{'' if outcome.epochs == 1 else 's'}",
        "failed": f"failed: {outcome.reason}",
    }
    tried = ", ".join(f"{key}={shown(one)}" for key, one in outcome.values.items())
    return f"trial {outcome.number}: {what.get(outcome.state, outcome.state)} ({tried})"


def shown(value: Any) -> str:
    """A value as a table shows it; rates are not drowned in digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def ranked(outcomes: list[TrialOutcome], higher_is_better: bool) -> list[TrialOutcome]:
    """The best first; behind those that are done the pruned ones, then the failed ones."""
    order = list(STATES.values())

    def key(one: TrialOutcome) -> tuple[Any, ...]:
        value = 0.0 if one.value is None else -one.value if higher_is_better else one.value
        return order.index(one.state) if one.state in order else len(order), value, one.number

    return sorted(outcomes, key=key)


def first_reason(outcomes: list[TrialOutcome]) -> str:
    """Why the first of the trials that failed did."""
    return next((one.reason for one in outcomes if one.reason), "all were pruned")
