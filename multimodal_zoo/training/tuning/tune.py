"""Search for the fusion, the sizes and the rates with which a network does best on a data set."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from multimodal_zoo.registry import model_card
from multimodal_zoo.training.bundle import MANIFEST, Bundle, load_bundle, refuse_to_replace
from multimodal_zoo.training.resume import claim, work_folder
from multimodal_zoo.training.storage import written_beside
from multimodal_zoo.training.train_named import build_for, settings_of
from multimodal_zoo.training.tuning.ranges import Range
from multimodal_zoo.training.tuning.search import PRUNERS, Search, import_optuna
from multimodal_zoo.training.tuning.search_space import checked_space
from multimodal_zoo.unknown_name import UnknownName


@dataclasses.dataclass(frozen=True)
class Tuned:
    """What a search has found.

    Args:
        bundle: of the best trial, loaded.
        arguments: of the builder, with which `train_named` repeats it.
        settings: of `fit`, with which `train_named` repeats it.
        document: what `trials.json` holds.
    """

    bundle: Bundle
    arguments: dict[str, Any]
    settings: dict[str, Any]
    document: dict[str, Any]


def tune(
    name: str,
    data: Any,
    out: str | os.PathLike[str],
    *,
    search: Mapping[str, Range | None] | None = None,
    trials: int = 20,
    workers: int = 1,
    pruner: str = "median",
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    optimizer: str | None = None,
    seed: int = 0,
    arguments: Mapping[str, Any] | None = None,
    verbose: int = 1,
    **fit_arguments: Any,
) -> Tuned:
    """Train a registered model again and again with other settings, and keep the best.

    Every trial trains by `train_named`, with the same seed, and is judged by the validation split in the figure of the
    task in which networks are compared with a constant answer, such as `log_loss`. After each epoch the pruner sees the
    value by which `fit` chooses the epoch to keep, and stops what falls behind. The test split is not read.

    Beside the bundle, `<out>-tuning` holds the trials, also as `trials.json`. The same call after an interruption goes
    on from there: trials that ran then do not count. With more `trials` it goes on behind the last one.

    Args:
        name: registered model.
        data: a `datasets.DataSet`.
        out: folder for the bundle of the best trial.
        search: `Choices`, `Between` or None (the default range) by argument of the builder, or by "learning_rate",
            "batch_size", "optimizer". Without any, the default space, see `default_space`. A space that has no more
            combinations than there are trials is tried as a whole; otherwise by a tree-structured Parzen estimator.
        trials: how many in all, pruned and failed ones among them.
        workers: processes that run trials side by side; with one, the same seed gives the same trials.
        pruner: "median", "hyperband" or "none".
        epochs, batch_size, learning_rate, optimizer: of all trials; None takes the defaults of the task.
        seed: of every training, and of what is tried.
        arguments: builder arguments of all trials.
        verbose: 0 silent, 1 a progress bar, in log files a line per trial.
        **fit_arguments: others of `fit`, of all trials.

    Returns:
        The best trial's bundle, and how to repeat it.

    Raises:
        ImportError: Optuna is not installed; the message names the extra.
        UnknownName, ValueError: model, data, arguments or ranges do not exist or do not go together, or no trial came
            to its end; the message says why the first one failed.
        TypeError: there are several workers, and the data cannot be handed to another process.
        BundleError: `out` holds something else.
        StorageError: it cannot be written, or another search writes there.

    Example:
        >>> space = {"fusion": Choices(("gated", "concat")), "learning_rate": Between(1e-4, 1e-2, log=True)}
        >>> tuned = tune("deepfm", load_dataset("ml-100k"), "runs/deepfm", search=space, trials=20)
        >>> train_named("deepfm", load_dataset("ml-100k"), arguments=tuned.arguments, **tuned.settings)

    Reference: Akiba et al. 2019 (Optuna), arXiv:1907.10902; Bergstra et al. 2011, Algorithms for hyper-parameter
        optimization, NeurIPS (the estimator); Li et al. 2018 (Hyperband), arXiv:1603.06560.
    """
    import_optuna()
    from multimodal_zoo.training.tuning import outcome, study
    from multimodal_zoo.training.tuning.progress import SearchProgress
    from multimodal_zoo.training.tuning.trial import remove_bundles, run_trials
    from multimodal_zoo.training.tuning.workers import run_in_processes

    out = Path(out)
    refuse_to_replace(out, MANIFEST)
    if trials < 1 or workers < 1:
        raise ValueError(f"trials and workers have to be 1 or more, got {trials} and {workers}.")
    if pruner not in PRUNERS:
        raise UnknownName("pruner", pruner, PRUNERS)
    given = {"batch_size": batch_size, "learning_rate": learning_rate, "optimizer": optimizer}
    given = {key: one for key, one in given.items() if one is not None}
    arguments = dict(arguments or {})
    settings = {**settings_of(model_card(name).task, epochs, batch_size, learning_rate), **given, **fit_arguments}
    space = checked_space(name, search or {}, settings, {**arguments, **given})
    # What no trial could do is told before the first of them.
    build_for(name, data, arguments)
    keras.backend.clear_session()

    with work_folder(out, "tuning") as work:
        assert work is not None
        looked_for = Search(name, data, space, arguments, settings, seed, pruner, trials, work)
        claim(work, looked_for.identity, "tuning")
        found = study.open_study(looked_for)
        study.fail_interrupted(found)
        remove_bundles(looked_for, found)
        seen: list[outcome.TrialOutcome] = []
        with SearchProgress(looked_for, silent=not verbose) as progress:

            def look() -> list[outcome.TrialOutcome]:
                outcomes = outcome.outcomes_of(looked_for, found)
                if outcomes != seen:
                    seen[:] = outcomes
                    progress.show(outcomes)
                    outcome.write_outcomes(looked_for, found, outcomes)
                return outcomes

            look()
            if workers == 1:
                run_trials(looked_for, found, look)
            else:
                run_in_processes(looked_for, found, workers, look)
            outcomes = look()
        document = outcome.write_outcomes(looked_for, found, outcomes)
        best = document["best"]
        if best is None:
            raise ValueError(f"None of {len(outcomes)} trials came to its end: {outcome.first_reason(outcomes)}")
        with written_beside(out) as new:
            shutil.copytree(looked_for.bundles / str(best), new, dirs_exist_ok=True)
    repeat = looked_for.split(outcomes[best].values)
    return Tuned(load_bundle(out), *repeat, document)
