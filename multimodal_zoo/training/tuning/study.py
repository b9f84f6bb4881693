"""The trials of a search in one file that several processes share: what is tried next, and what became of it."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, Trial, TrialState

from multimodal_zoo.training.tuning.ranges import Choices, Range
from multimodal_zoo.training.tuning.search import Search
from multimodal_zoo.training.tuning.search_space import combinations_of

FILE, NAME = "trials.db", "trials"
# The reason of a trial whose process was killed: it is as if it had not been.
INTERRUPTED = "interrupted"
# Seconds that a process waits for another that writes.
PATIENCE = 120
# Nothing is pruned before so many trials have ended, nor before its second epoch.
MEDIAN_AFTER = {"n_startup_trials": 4, "n_warmup_steps": 2}


def open_study(search: Search) -> optuna.Study:
    """The trials of a search, from its file, where there is one.

    SQLite: its locks are the system's and end with the process that holds them, at whatever moment it is killed.
    """
    storage = optuna.storages.RDBStorage(
        f"sqlite:///{search.work / FILE}", engine_kwargs={"connect_args": {"timeout": PATIENCE}}
    )
    direction = "maximize" if search.task.higher_is_better else "minimize"
    return optuna.create_study(
        storage=storage, pruner=pruner_named(search.pruner), study_name=NAME, direction=direction, load_if_exists=True
    )


def pruner_named(name: str) -> optuna.pruners.BasePruner:
    """Median: stops what is worse than the median of the trials after as many epochs. Hyperband: successive halving."""
    if name == "median":
        return optuna.pruners.MedianPruner(**MEDIAN_AFTER)
    return optuna.pruners.HyperbandPruner() if name == "hyperband" else optuna.pruners.NopPruner()


def distribution(one: Range) -> BaseDistribution:
    """A range as Optuna has it; of choices their numbers, as it knows no tuples."""
    if isinstance(one, Choices):
        return IntDistribution(0, one.count - 1) if one.ordered else CategoricalDistribution(range(one.count))
    if one.whole:
        return IntDistribution(one.low, one.high, log=one.log, step=one.step or 1)
    return FloatDistribution(one.low, one.high, log=one.log, step=one.step)


def values_of(search: Search, params: dict[str, Any]) -> dict[str, Any]:
    """What Optuna chose, in the order of the space."""
    return {
        key: one.values[params[key]] if isinstance(one, Choices) else params[key]
        for key, one in search.space.items()
        if key in params
    }


class ThisPoint(optuna.samplers.BaseSampler):
    """Tries what it was given."""

    def __init__(self, params: dict[str, Any]) -> None:
        self.params = params

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {}

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self.params[param_name]


def next_trial(search: Search, study: optuna.Study) -> Trial | None:
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
            study.sampler = ThisPoint(untried[seed % len(untried)])
        else:
            study.sampler = optuna.samplers.TPESampler(seed=seed)
        return study.ask({key: distribution(one) for key, one in search.space.items()})


def untried_points(search: Search, begun: list[FrozenTrial]) -> list[dict[str, Any]]:
    """All combinations that no trial has, in order."""
    # Whatever is counted is a row of numbers, or of the numbers of its choices.
    rows = {
        key: range(one.count)
        if isinstance(one, Choices)
        else [one.low + number * (one.step or 1) for number in range(one.count)]
        for key, one in search.space.items()
    }
    points = (dict(zip(rows, point, strict=True)) for point in itertools.product(*rows.values()))
    tried = [one.params for one in begun]
    return [point for point in points if point not in tried]


def begun_trials(study: optuna.Study) -> list[FrozenTrial]:
    """All trials but for the interrupted ones."""
    return [one for one in study.get_trials(deepcopy=False) if reason_of(study, one.number) != INTERRUPTED]


def fail(study: optuna.Study, number: int, reason: str) -> None:
    """Tell that a trial came to nothing, and why."""
    study.set_user_attr(f"reason of {number}", reason)
    study.tell(number, state=TrialState.FAIL)


def reason_of(study: optuna.Study, number: int) -> str | None:
    """Why a trial came to nothing."""
    return study.user_attrs.get(f"reason of {number}")


def fail_interrupted(study: optuna.Study) -> None:
    """What still runs by the file, while no process runs, was killed: it does not count."""
    for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        fail(study, one.number, INTERRUPTED)


def best_number(study: optuna.Study) -> int | None:
    """The number of the best trial that ran to its end; of equal ones the first."""
    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return study.best_trial.number if ended else None


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is in this block; a process that dies leaves it."""
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
