"""`list` and `show`: what models there are."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer
from rich.text import Text

from multimodal_zoo.cli.options import AsJson, ModelName, registered_models
from multimodal_zoo.cli.output import Answer, cell_text, plain, table_of

SHOWN_OF_A_CARD = ("name", "task", "modalities", "paper", "description")


def list_command(
    pattern: Annotated[str, typer.Argument(help="A shell pattern such as '*diagnosis*'.")] = "*",
    task: Annotated[str | None, typer.Option(help="Only models of this task.")] = None,
    as_json: AsJson = False,
) -> Answer:
    """List the models."""
    zoo = registered_models()
    cards = [dataclasses.asdict(zoo.model_card(name)) for name in zoo.list_models(pattern, task)]
    if not cards:
        return Answer([], [Text(f"No model matches {pattern!r}{f' with task {task!r}' if task else ''}.")])
    rows = [[card[column] for column in SHOWN_OF_A_CARD] for card in cards]
    return Answer(cards, [table_of(SHOWN_OF_A_CARD, rows)])


def show(name: ModelName, as_json: AsJson = False) -> Answer:
    """Show a model.

    Its card, the arguments of its builder, its inputs and signatures.
    """
    zoo = registered_models()
    card = dataclasses.asdict(zoo.model_card(name))
    arguments = zoo.builder_arguments(name)
    model = zoo.create_model(name)

    from multimodal_zoo.export import signature_names

    signatures = signature_names(model)
    inputs = {key: {"shape": list(one.shape), "dtype": str(one.dtype)} for key, one in model.input.items()}
    document = {
        **card,
        "arguments": {key: plain(value) for key, value in arguments.items()},
        "inputs": inputs,
        "signatures": list(signatures),
        "parameters": model.count_params(),
    }
    facts = {**{key: card[key] for key in SHOWN_OF_A_CARD}, "parameters": f"{model.count_params():,}"}
    shapes = [[key, f"(batch, {cell_text(one['shape'][1:])})", one["dtype"]] for key, one in inputs.items()]
    return Answer(
        document,
        [
            table_of(("card", ""), list(facts.items())),
            table_of(("argument", "default"), [[key, repr(value)] for key, value in arguments.items()]),
            table_of(("input", "shape", "type"), shapes),
            Text(f"Signatures when exported: {', '.join(signatures)}"),
        ],
    )
