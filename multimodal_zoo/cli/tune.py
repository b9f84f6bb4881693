"""`tune`: a model on a data set with many settings, and the best of them into a bundle."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from multimodal_zoo.cli.arguments import builder_settings, literal
from multimodal_zoo.cli.data_source import data_of
from multimodal_zoo.cli.options import (
    PROGRAM,
    AsJson,
    BatchSize,
    DataName,
    Epochs,
    LearningRate,
    ModelName,
    OutFolder,
    Settings,
    registered_models,
    require_positive,
)
from multimodal_zoo.cli.output import Answer, table_of
from multimodal_zoo.cli.search_words import search_words
from multimodal_zoo.cli.train import trained_answer

if TYPE_CHECKING:
    from multimodal_zoo.training import Tuned

# Settings of `fit` that `train` has an option for.
OPTIONS = ("epochs", "batch_size", "learning_rate", "optimizer")


def tune(
    name: ModelName,
    data: DataName,
    out: OutFolder,
    search: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RANGE",
            help="KEY=A,B,C, KEY=LOW..HIGH[:log or :STEP], or KEY alone: an argument of the builder, learning_rate, "
            "batch_size or optimizer. May be repeated; without any, the fusion, the widths and the rates.",
        ),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="How many in all.")] = 20,
    workers: Annotated[int, typer.Option(min=1, help="Processes that run trials side by side.")] = 1,
    pruner: Annotated[str, typer.Option(help="What stops a trial early: median, hyperband or none.")] = "median",
    epochs: Epochs = None,
    seed: Annotated[int, typer.Option(help="Of what is tried, and of every training.")] = 0,
    batch_size: BatchSize = None,
    learning_rate: LearningRate = None,
    optimizer: Annotated[str | None, typer.Option(help="As of `train`.")] = None,
    set_: Settings = None,
    as_json: AsJson = False,
) -> Answer:
    """Search for the settings that suit a data set.

    They are judged by its validation split. The same command after an interruption resumes. The best bundle goes to
    --out; <out>-tuning keeps the trials.
    """
    arguments = builder_settings(name, set_ or [], registered_models().builder_arguments(name))
    require_positive("--learning-rate", learning_rate)
    ranges = search_words(search or [])

    from multimodal_zoo import training
    from multimodal_zoo.training.tuning.search import import_optuna

    # Before the data, which take longer.
    import_optuna()
    tuned = training.tune(
        name,
        data_of(data),
        out,
        search=ranges,
        trials=trials,
        workers=workers,
        pruner=pruner,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        optimizer=optimizer,
        seed=seed,
        arguments=arguments,
    )
    command = train_command(name, data, out, seed, tuned)
    metrics = tuned.bundle.metrics
    document = {**tuned.document, "bundle": str(out), "command": command, "metrics": metrics}
    columns = {split: metrics[split] for split in ("validation", "constant")}
    answer = trained_answer(document, columns, tuned.bundle, out)
    again = Text(f"The best once more, with its test split: {command}")
    return Answer(document, [trials_table(tuned.document), *answer.shown, again], answer.failure)


def trials_table(document: Mapping[str, Any]) -> Table:
    """The trials, the best first."""
    from multimodal_zoo.training.tuning.outcome import TrialOutcome, ranked, shown

    outcomes = ranked([TrialOutcome(**one) for one in document["trials"]], document["higher_is_better"])
    keys = list(document["search"])
    rows = [
        [one.number, one.state, one.value, one.epochs, one.seconds, *(shown(one.values.get(key)) for key in keys)]
        for one in outcomes
    ]
    reasons = [one.reason for one in outcomes]
    columns = ["trial", "", document["figure"], "epochs", "seconds", *keys]
    if any(reasons):
        columns, rows = [*columns, "why"], [[*row, reason] for row, reason in zip(rows, reasons, strict=True)]
    return table_of(columns, rows)


def train_command(name: str, data: str, out: Path, seed: int, tuned: Tuned) -> str:
    """The command that trains with the settings of the best trial, into a folder beside its own."""
    words = [PROGRAM, "train", name, "--data", data, "--out", f"{out}-again", "--seed", str(seed)]
    for key in OPTIONS:
        if key in tuned.settings:
            words += [f"--{key.replace('_', '-')}", str(tuned.settings[key])]
    for key, value in tuned.arguments.items():
        # A text that reads like something else has its quotes.
        words += ["--set", f"{key}={value if literal(str(value)) == value else repr(value)}"]
    return shlex.join(words)
