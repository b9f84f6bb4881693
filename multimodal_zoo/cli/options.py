"""The arguments and options that several commands share, and what they check."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.completion import data_names, model_names, optimizer_names, setting_words
from multimodal_zoo.quiet_start import load_tensorflow

PROGRAM = "multimodal-zoo"

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else on stdout.")]
BundleFolder = Annotated[Path, typer.Argument(metavar="BUNDLE", help="A folder that `train` wrote.")]
DataName = Annotated[
    str,
    typer.Option(
        "--data",
        metavar="DATASET",
        help="NAME or NAME:PROTOCOL, see `datasets`, or a folder of shards.",
        autocompletion=data_names,
    ),
]
ModelName = Annotated[str, typer.Argument(metavar="NAME", help="A model, see `list`.", autocompletion=model_names)]
OutFolder = Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="Where the trained bundle goes.")]
Epochs = Annotated[int | None, typer.Option(min=1, help="Most passes over the training split.")]
Seed = Annotated[int, typer.Option(help="Of the weights, the order of the records and the augmentation.")]
BatchSize = Annotated[int | None, typer.Option(min=1, help="Records per step, over all replicas.")]
LearningRate = Annotated[float | None, typer.Option(help="Of the optimiser; greater than 0.")]
OptimizerName = Annotated[
    str,
    typer.Option(
        "--optimizer",
        help="auto, adam, adagrad, ftrl, sgd, or lazy_adam, lazy_adagrad, lazy_ftrl: for large embedding tables.",
        autocompletion=optimizer_names,
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="An argument of the builder, see `show`.", autocompletion=setting_words
    ),
]


def registered_models() -> ModuleType:
    """The registry, once every model of the package is in it."""
    load_tensorflow()
    import multimodal_zoo.models  # noqa: F401
    from multimodal_zoo import registry

    return registry


def existing_bundle(folder: Path) -> None:
    """Refuse a path where nothing is. What is there but no bundle is told by the library."""
    if str(folder).startswith("-"):
        raise WrongUsageError(f"The bundle comes first, before the options; got {str(folder)!r} in its place.")
    if not folder.exists():
        raise WrongUsageError(f"There is no bundle at {folder}. Train one with `{PROGRAM} train`.")


def require_positive(option: str, value: float | None) -> None:
    """Refuse a number that is given and not greater than 0."""
    if value is not None and not value > 0:
        raise WrongUsageError(f"{option} has to be greater than 0, got {value}.")
