"""`train`: a model on a data set, into a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError, builder_settings
from multimodal_zoo.cli.options import AsJson, DataName, registered_models
from multimodal_zoo.cli.output import Answer, figures_table


def train(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model, see `list`.")],
    data: DataName,
    out: Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="Where the trained bundle goes.")],
    epochs: Annotated[int | None, typer.Option(min=1, help="Most passes over the training split.")] = None,
    seed: Annotated[int, typer.Option(help="Of the weights, the order of the records and the augmentation.")] = 0,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Records per step, over all replicas.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Of Adam; greater than 0.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An argument of the builder, see `show`."),
    ] = None,
    strategy: Annotated[str, typer.Option(help="auto, cpu or mirrored.")] = "auto",
    as_json: AsJson = False,
) -> Answer:
    """Train a model on a data set and write a bundle. The same command after an interruption resumes."""
    arguments = builder_settings(name, set_ or [], registered_models().builder_arguments(name))
    if learning_rate is not None and not learning_rate > 0:
        raise WrongUsageError(f"--learning-rate has to be greater than 0, got {learning_rate}.")

    from multimodal_zoo.datasets import load_dataset
    from multimodal_zoo.training import strategies, train_named

    # Before the data: two logical CPUs can only be asked for while TensorFlow has not started yet.
    strategies.resolve(strategy)
    bundle = train_named(
        name,
        load_dataset(data),
        out,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        arguments=arguments,
        strategy=strategy,
        verbose=1,
    )
    document = {"model": name, "data": data, "bundle": str(out), "metrics": bundle.metrics}
    splits = {split: bundle.metrics[split] for split in ("validation", "test", "constant") if split in bundle.metrics}
    shown: list[RenderableType] = [figures_table(splits)]
    if bundle.metrics.get("data", {}).get("synthetic"):
        shown.append(Text("SYNTHETIC data: these figures say nothing about the real world."))
    failure = None
    if bundle.metrics.get("beats_constant") is False:
        failure = (
            f"{name} is no better here than a constant answer: it learned nothing. Train longer (--epochs) or with "
            f"another --learning-rate. The bundle is in {out}."
        )
    return Answer(document, [*shown, Text(f"Bundle: {out}")], failure)
