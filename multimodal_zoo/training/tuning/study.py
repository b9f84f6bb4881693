"""The trials of a search in one file that several processes share: what is tried next, and what became of it."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multimodal_zoo.training.tuning.ranges import Choices, Range
from multimodal_zoo.training.tuning.search import Search, import_optuna
from multimodal_zoo.training.tuning.search_space import combinations_of

FILE, NAME = "trials.db", "trials"
# The reason of a trial whose process was killed: it is as if it had not been.
INTERRUPTED = "interrupted"
# Seconds that a process waits for another that writes.
PATIENCE = 120
# Nothing is pruned before so many trials have ended, nor before its second epoch.
MEDIAN_AFTER = {"n_startup_trials": 4, "n_warmup_steps": 2}


def open_study(search: Search) -> Any:
    """The trials of a search, an `optuna.Study`, from its file, where there is one.

    SQLite: its locks are the system's and end with the process that holds them, at whatever moment it is killed.
    """
    optuna = import_optuna()
    storage = optuna.storages.RDBStorage(
        f"sqlite:///{search.work / FILE}", engine_kwargs={"connect_args": {"timeout": PATIENCE}}
    )
    direction = "maximize" if search.task.higher_is_better else "minimize"
    return optuna.create_study(
        storage=storage, pruner=pruner_named(search.pruner), study_name=NAME, direction=direction, load_if_exists=True
    )


def pruner_named(name: str) -> Any:
    """Median: stops what is worse than the median of the trials after as many epochs. Hyperband: successive halving."""
    pruners = import_optuna().pruners
    if name == "median":
        return pruners.MedianPruner(**MEDIAN_AFTER)
    return pruners.HyperbandPruner() if name == "hyperband" else pruners.NopPruner()


def distribution(one: Range) -> Any:
    """A range as Optuna has it; of choices their numbers, as it knows no tuples."""
    kinds = import_optuna().distributions
    if isinstance(one, Choices):
        if one.ordered:
            return kinds.IntDistribution(0, one.count - 1)
        return kinds.CategoricalDistribution(range(one.count))
    if one.whole:
        return kinds.IntDistribution(one.low, one.high, log=one.log, step=one.step or 1)
    return kinds.FloatDistribution(one.low, one.high, log=one.log, step=one.step)


def values_of(search: Search, params: dict[str, Any]) -> dict[str, Any]:
    """What Optuna chose, in the order of the space."""
    return {
        key: one.values[params[key]] if isinstance(one, Choices) else params[key]
        for key, one in search.space.items()
        if key in params
    }


def next_trial(search: Search, study: Any) -> Any:
    """The next trial; None where there are enough, or where everything was tried.

    What is drawn follows from the seed, from how many trials there were and from what came of them: so a search that
    goes on after an interruption tries what it would have tried.
    """
    with one_at_a_time(search.work / "next.lock"):
        begun = begun_trials(study)
        if len(begun) >= search.trials:
            return None
        seed = int(np.random.SeedSequence([search.seed, len(begun)]).generate_state(1)[0])
        combinations = combinations_of(search.space)
        if combinations is not None and combinations <= search.trials:
            untried = untried_points(search, begun)
            if not untried:
                return None
            # One may wait from a process that was killed in this place.
            if not trials_that_are(study, "WAITING"):
                study.enqueue_trial(untried[seed % len(untried)])
        study.sampler = import_optuna().samplers.TPESampler(seed=seed)
        return study.ask({key: distribution(one) for key, one in search.space.items()})


def untried_points(search: Search, begun: list[Any]) -> list[dict[str, Any]]:
    """All combinations that no trial has, in order."""
    rows = {key: row_of(one) for key, one in search.space.items()}
    points = (dict(zip(rows, point, strict=True)) for point in itertools.product(*rows.values()))
    tried = [one.params for one in begun]
    return [point for point in points if point not in tried]


def row_of(one: Range) -> Sequence[float]:
    """The numbers of a range that is counted, or of its choices."""
    assert one.count is not None
    if isinstance(one, Choices):
        return range(one.count)
    return [one.low + number * (one.step or 1) for number in range(one.count)]


def begun_trials(study: Any) -> list[Any]:
    """All trials but for the interrupted ones."""
    return [
        one
        for one in study.get_trials(deepcopy=False)
        if one.state.name != "WAITING" and reason_of(study, one.number) != INTERRUPTED
    ]


def trials_that_are(study: Any, state: str) -> list[Any]:
    """Those of a state, by its name: "WAITING", "RUNNING", "COMPLETE", "PRUNED" or "FAIL"."""
    return [one for one in study.get_trials(deepcopy=False) if one.state.name == state]


def tell(study: Any, number: int, state: str, value: float | None = None) -> None:
    """Tell that a trial has ended."""
    study.tell(number, value, import_optuna().trial.TrialState[state])


def fail(study: Any, number: int, reason: str) -> None:
    """Tell that a trial came to nothing, and why."""
    study.set_user_attr(f"reason of {number}", reason)
    tell(study, number, "FAIL")


def reason_of(study: Any, number: int) -> str | None:
    """Why a trial came to nothing."""
    return study.user_attrs.get(f"reason of {number}")


def fail_interrupted(study: Any) -> None:
    """What still runs by the file, while no process runs, was killed: it does not count."""
    for one in trials_that_are(study, "RUNNING"):
        fail(study, one.number, INTERRUPTED)


def best_number(study: Any) -> int | None:
    """The number of the best trial that ran to its end; of equal ones the first."""
    return study.best_trial.number if trials_that_are(study, "COMPLETE") else None


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is in this block; a process that dies leaves it."""
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
