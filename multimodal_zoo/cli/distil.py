"""`distil`: a small network from the answers of a large one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multimodal_zoo.cli.arguments import builder_settings
from multimodal_zoo.cli.completion import model_names
from multimodal_zoo.cli.options import (
    AsJson,
    BatchSize,
    DataName,
    Epochs,
    LearningRate,
    OutFolder,
    Seed,
    Settings,
    existing_bundle,
    registered_models,
    require_positive,
)
from multimodal_zoo.cli.output import Answer
from multimodal_zoo.cli.train import trained_answer


def distil(
    teacher: Annotated[Path, typer.Argument(metavar="TEACHER", help="A bundle that `train` wrote.")],
    data: DataName,
    out: OutFolder,
    model: Annotated[
        str | None,
        typer.Option(help="The student's architecture; the teacher's if left out.", autocompletion=model_names),
    ] = None,
    set_: Settings = None,
    temperature: Annotated[float, typer.Option(help="Softens the teacher's answers; greater than 0.")] = 2.0,
    alpha: Annotated[float, typer.Option(min=0, max=1, help="Share of the teacher; the rest are the labels.")] = 0.5,
    prune: Annotated[bool, typer.Option("--prune", help="Start from the teacher's strongest channels.")] = False,
    epochs: Epochs = None,
    seed: Seed = 0,
    batch_size: BatchSize = None,
    learning_rate: LearningRate = None,
    as_json: AsJson = False,
) -> Answer:
    """Train a smaller network on what a teacher answers.

    And on the labels. --set makes the student smaller than the teacher.
    """
    existing_bundle(teacher)
    require_positive("--learning-rate", learning_rate)
    zoo = registered_models()

    from multimodal_zoo import training
    from multimodal_zoo.datasets import load_dataset

    loaded = training.load_bundle(teacher)
    name = model or loaded.card.name
    bundle = training.distil(
        loaded,
        load_dataset(data),
        out,
        name=name,
        arguments=builder_settings(name, set_ or [], zoo.builder_arguments(name)),
        temperature=temperature,
        alpha=alpha,
        prune=prune,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
    )
    parameters = {"teacher": loaded.model.count_params(), "student": bundle.model.count_params()}
    document = {
        "model": name,
        "data": data,
        "bundle": str(out),
        "parameters": parameters,
        "metrics": bundle.metrics,
    }
    figures = {"teacher": bundle.metrics["distillation"]["teacher"]["test"], "student": bundle.metrics["test"]}
    columns = {who: {"parameters": parameters[who], **figures[who]} for who in parameters}
    return trained_answer(document, columns, bundle, out)
