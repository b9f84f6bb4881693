"""`train`: a model on a data set, into a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError, builder_settings, named_words
from multimodal_zoo.cli.completion import precision_names, strategy_names
from multimodal_zoo.cli.data_source import data_of
from multimodal_zoo.cli.options import (
    AsJson,
    BatchSize,
    DataName,
    Epochs,
    LearningRate,
    ModelName,
    OptimizerName,
    OutFolder,
    Seed,
    Settings,
    registered_models,
    require_positive,
)
from multimodal_zoo.cli.output import Answer, figures_table, table_of
from multimodal_zoo.unknown_name import UnknownName

if TYPE_CHECKING:
    from multimodal_zoo.training import Bundle

# What `Profile.report` tells, in words.
PROFILE_ROWS = {
    "steps": "steps",
    "examples_per_second": "examples per second, behind the first step",
    "step_ms": "a step, median (ms)",
    "step_ms_p90": "a step, 90th percentile (ms)",
    "input_share": "share of the steps' time that waited for input",
    "tracing_seconds": "tracing the first step (s)",
    "validation_seconds": "validation (s)",
    "checkpoint_seconds": "writing checkpoints (s)",
    "peak_memory_mb": "peak memory (MiB)",
    "peak_gpu_memory_mb": "peak memory of the GPUs (MiB)",
}
# What --jit says, as `fit` takes it.
JIT = {"on": True, "off": False, "auto": "auto", "measure": "measure"}


def train(
    name: ModelName,
    data: DataName,
    out: OutFolder,
    epochs: Epochs = None,
    seed: Seed = 0,
    batch_size: BatchSize = None,
    learning_rate: LearningRate = None,
    optimizer: OptimizerName = "auto",
    set_: Settings = None,
    linear_start: Annotated[
        float | None,
        typer.Option(help="Start the linear path of the words from its logistic regression, with this L2 (0.1)."),
    ] = None,
    adversarial: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODALITY=RADIUS",
            help="Learn attacked copies of the records, too: the most that a number changes, such as image=8/255; may "
            "be repeated.",
        ),
    ] = None,
    attack: Annotated[str, typer.Option(help="With --adversarial: fgsm, one step, or pgd, several.")] = "pgd",
    strategy: Annotated[
        str, typer.Option(help="auto, cpu, gpu, mirrored, multi_worker or tpu.", autocompletion=strategy_names)
    ] = "auto",
    sharded_tables: Annotated[
        bool, typer.Option("--sharded-tables", help="Several workers: each holds a part of the large tables' rows.")
    ] = False,
    data_service: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Of a `data-service` that makes the batches; may be repeated."),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="float32, mixed_bfloat16 or mixed_float16; float32 if left out.", autocompletion=precision_names
        ),
    ] = None,
    accumulate: Annotated[int, typer.Option(min=1, help="Batches added up before the weights move.")] = 1,
    steps_per_execution: Annotated[
        int, typer.Option(min=1, help="Steps in one call of TensorFlow: faster for small networks.")
    ] = 1,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Transformer blocks keep less in memory, and compute it again.")
    ] = False,
    jit: Annotated[
        str, typer.Option(help="Compile the step by XLA: on, off, auto (on GPUs alone) or measure (what is faster).")
    ] = "auto",
    profile: Annotated[bool, typer.Option("--profile", help="Tell where the time of the training goes.")] = False,
    checkpoint_minutes: Annotated[
        float, typer.Option(min=0, help="Within an epoch, a checkpoint is written after so many minutes.")
    ] = 15.0,
    as_json: AsJson = False,
) -> Answer:
    """Train a model on a data set and write a bundle.

    The same command after an interruption resumes. On several workers (see `launch`) the first one writes.
    """
    arguments = builder_settings(name, set_ or [], registered_models().builder_arguments(name))
    require_positive("--learning-rate", learning_rate)
    require_positive("--linear-start", linear_start)
    radius = radius_of(adversarial or [])
    if jit not in JIT:
        raise UnknownName("--jit", jit, JIT)

    from multimodal_zoo.training import AdversarialExamples, strategies, train_named
    from multimodal_zoo.training.workers import is_chief

    # Before the data: logical CPUs and a cluster can only be asked for while TensorFlow has not started yet.
    strategies.resolve(strategy)
    bundle = train_named(
        name,
        data_of(data),
        out,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        optimizer=optimizer,
        seed=seed,
        arguments=arguments,
        strategy=strategy,
        linear_start=linear_start,
        adversarial=AdversarialExamples(radius, attack) if radius else None,
        data_service=data_service or (),
        precision=precision,
        sharded_tables=sharded_tables,
        accumulate=accumulate,
        steps_per_execution=steps_per_execution,
        recompute=recompute,
        jit_compile=JIT[jit],
        profile=profile,
        checkpoint_minutes=checkpoint_minutes,
        verbose=1,
    )
    document = {"model": name, "data": data, "bundle": str(out), "metrics": bundle.metrics}
    if not is_chief(bundle.model):
        return Answer(document, [Text(f"Trained along; the first worker has written {out}.")])
    names: tuple[str, ...] = ("validation", "test", "constant")
    splits = {name: bundle.metrics[name] for name in names if name in bundle.metrics}
    return trained_answer(document, splits, bundle, out)


def radius_of(words: Sequence[str]) -> dict[str, float]:
    """How far an attack may change each modality, from `MODALITY=RADIUS` words; a radius is a number or a fraction.

    Raises:
        WrongUsageError: a radius is none, or not greater than 0.

    Example:
        >>> radius_of(["image=1/8", "age=0.1"])
        {'image': 0.125, 'age': 0.1}
    """
    radius = {}
    for name, text in named_words("--adversarial", words, "MODALITY=RADIUS").items():
        try:
            radius[name] = float(Fraction(text or ""))
        except (ValueError, ZeroDivisionError):
            radius[name] = 0.0
        if not radius[name] > 0:
            raise WrongUsageError(
                f"--adversarial takes MODALITY=RADIUS, the radius a number or fraction greater than 0, as image=8/255; "
                f"got {name}={text or ''}."
            )
    return radius


def profile_table(profile: Mapping[str, Any]) -> Table:
    """Where the time of a training went, for people."""
    rows = [[PROFILE_ROWS.get(name, name), value] for name, value in profile.items() if value is not None]
    return table_of(("where the time goes", ""), rows)


def trained_answer(
    document: dict[str, Any], columns: Mapping[str, Mapping[str, Any]], bundle: Bundle, out: Path
) -> Answer:
    """What a finished training tells: its figures, where the bundle is, and whether it learned anything."""
    shown: list[RenderableType] = [figures_table(columns)]
    if "profile" in bundle.metrics:
        shown.append(profile_table(bundle.metrics["profile"]))
    if bundle.metrics.get("data", {}).get("synthetic"):
        shown.append(Text("SYNTHETIC data: these figures say nothing about the real world."))
    failure = None
    if bundle.metrics.get("beats_constant") is False:
        failure = (
            f"{bundle.card.name} is no better here than a constant answer: it learned nothing. Train longer (--epochs) "
            f"or with another --learning-rate. The bundle is in {out}."
        )
    return Answer(document, [*shown, Text(f"Bundle: {out}")], failure)
