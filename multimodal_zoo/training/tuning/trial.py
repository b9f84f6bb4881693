"""One trial: a training by the values that are tried, watched after every epoch, judged by the validation split."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from multimodal_zoo.training.bundle import Bundle
from multimodal_zoo.training.keep_best import mode_of
from multimodal_zoo.training.storage import StorageError
from multimodal_zoo.training.train_named import train_named
from multimodal_zoo.training.tuning.search import Search, import_optuna
from multimodal_zoo.training.tuning.study import best_number, fail, next_trial, tell, values_of


def run_trials(search: Search, study: Any, after_trial: Callable[[], object] = lambda: None) -> None:
    """Run trials until there are enough.

    Args:
        search: what is tried.
        study: its trials.
        after_trial: called after each.
    """
    # TensorFlow takes functions that are traced anew for each network for a mistake, and says so.
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        while (trial := next_trial(search, study)) is not None:
            run_trial(search, study, trial)
            after_trial()
    finally:
        logger.setLevel(level)


def run_trial(search: Search, study: Any, trial: Any) -> None:
    """Run one trial and tell what became of it. A training that fails is a trial that failed."""
    began = time.monotonic()
    # By which a process that dies is known.
    trial.set_user_attr("process", os.getpid())
    state, value, reason = "FAIL", None, ""
    try:
        bundle = train_trial(search, trial)
        value = float(bundle.metrics["validation"][search.task.judged])
        if not math.isfinite(value):
            raise ValueError(f"{search.task.judged} came out as {value}.")
        if is_good(study, value):
            bundle.save(search.bundles / str(trial.number))
        state = "COMPLETE"
    except import_optuna().TrialPruned:
        state = "PRUNED"
    except StorageError:
        # No other trial could write its bundle either; this one is made again.
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
    trial.set_user_attr("seconds", round(time.monotonic() - began, 1))
    if state == "FAIL":
        fail(study, trial.number, reason)
    else:
        tell(study, trial.number, state, value)
    remove_bundles(search, study)


def train_trial(search: Search, trial: Any) -> Bundle:
    """The training, as in a process of its own.

    Raises:
        TrialPruned: it was worse than others after as many epochs.
    """
    keras.backend.clear_session()
    arguments, settings = search.split(values_of(search, trial.params))
    rises = mode_of(settings.get("monitor", "val_loss")) == "max"
    # The pruner compares what it is told in the direction of the search.
    sign = 1.0 if rises == search.task.higher_is_better else -1.0

    def report(epoch: int, value: float) -> None:
        trial.report(sign * value, epoch)
        if trial.should_prune():
            raise import_optuna().TrialPruned

    return train_named(
        search.name,
        search.data,
        seed=search.seed,
        arguments=arguments,
        test=False,
        after_epoch=report,
        verbose=0,
        **settings,
    )


def is_good(study: Any, value: float) -> bool:
    """Whether no trial was better."""
    best = best_number(study)
    if best is None:
        return True
    return value >= study.best_value if study.direction.name == "MAXIMIZE" else value <= study.best_value


def remove_bundles(search: Search, study: Any) -> None:
    """Remove the bundles of trials that have ended and are not the best: none of them will be."""
    ended = [one.number for one in study.get_trials(deepcopy=False) if one.state.is_finished()]
    best = best_number(study)
    for number in ended:
        if number != best:
            shutil.rmtree(search.bundles / str(number), ignore_errors=True)
