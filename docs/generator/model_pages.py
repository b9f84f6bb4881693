"""One page for each registered architecture, from its card, its docstring and what it builds."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import keras
from docstrings import as_markdown, escaped, named_items, parsed
from layered_drawing import drawing
from model_outline import outline, shape_of
from results_files import results_markdown, rows_of

from multimodal_zoo import metrics, modalities, models
from multimodal_zoo.export import signature_names
from multimodal_zoo.modalities import Modality
from multimodal_zoo.registry import BUILDERS, PRESENCE, builder_arguments, create_model, list_models, model_card

SIGNATURES = {
    "serving_default": "raw values in, the answer out",
    "embed": "raw values in, the fused representation out",
    "explain": "raw values in; the answer and what each modality contributed, as the exact Shapley value, out",
    "tf_example": "serialised `tf.train.Example` in, the answer out",
    "tensors": "preprocessed tensors in, the answer out",
    "generate": "raw values in, pictures and sounds out",
}
# Where the names of an example come from, in the order in which they are looked up.
HOMES = (modalities, metrics)


def model_pages() -> dict[str, str]:
    """Every page and figure by its path below docs/."""
    pages = {"models/index.md": index()}
    for name in list_models():
        model = create_model(name)
        pages[f"models/{name}.md"] = model_page(name, model)
        pages[f"models/{name}.svg"] = figure(model)
    return pages


def index() -> str:
    """The table of all architectures."""
    lines = ["# The models", "", "| name | task | reads | what it is |", "|---|---|---|---|"]
    for name in list_models():
        card = model_card(name)
        reads = ", ".join(card.modalities) if len(card.modalities) < 5 else "fields"
        task = card.task.replace("_", " ")
        lines.append(f"| [`{name}`]({name}.md) | {task} | {reads} | {escaped(card.description)} |")
    lines += ["", "Each page is made from the card and the builder of its model, its figures from the results files."]
    return "\n".join([*lines, ""])


def figure(model: keras.Model) -> str:
    """The drawing of a network."""
    boxes, arrows = outline(model)
    return drawing(f"{model.card.name}: {', '.join(model.modalities)} to {model.card.task}", boxes, arrows)


def model_page(name: str, model: keras.Model) -> str:
    """The page of one architecture.

    Args:
        name: registered.
        model: what its builder makes by default.
    """
    card, said = model_card(name), parsed(BUILDERS[name])
    parts = [
        f"# {name}",
        escaped(said.summary),
        "\n".join(
            [
                "| | |",
                "|---|---|",
                f"| task | {card.task.replace('_', ' ')} |",
                f"| paper | {paper_links(card.paper)} |",
                f"| weights, with the default arguments | {model.count_params():,} |",
            ]
        ),
        f"![{name}: from {', '.join(model.modalities)} to the answer]({name}.svg)",
        as_markdown(said.text),
        "## Inputs and outputs",
        inputs_table(model),
        escaped(said.sections.get("Returns", "")),
        f"With `missing_modalities=True` there is the input `{PRESENCE}` `(batch, {len(model.modalities)})`, too."
        if "missing_modalities" in builder_arguments(name)
        else "",
        "## Signatures of an export",
        "\n".join(f"- `{one}`: {SIGNATURES[one]}" for one in signature_names(model)),
        "## Build it",
        example(name, said.sections.get("Example", "")),
        "## Arguments",
        arguments_table(name, named_items(said.sections.get("Args", ""))),
        "## Results",
        results_markdown(rows_of(network=name)),
        "## Reference",
        escaped(said.sections.get("Reference", card.paper)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def paper_links(paper: str) -> str:
    """The papers of a card, with links to those that have an address."""
    shown = []
    for one in paper.split(", "):
        kind, _, number = one.partition(":")
        address = {"arXiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}.get(kind)
        shown.append(f"[{one}]({address}{number})" if address else escaped(one))
    return ", ".join(shown)


def inputs_table(model: keras.Model) -> str:
    """What each input is in a record, in a request and in the network."""
    lines = ["| modality | declared as | in a request | in the network |", "|---|---|---|---|"]
    for name, one in model.modalities.items():
        raw = one.raw_spec(name)
        sizes = ", ".join(["batch", *("any" if size is None else str(size) for size in raw.shape[1:])])
        lines.append(
            f"| {name} | `{declared(one)}` | `{raw.name}`, {raw.dtype.name} `({sizes})` | "
            f"{model.input[name].dtype} `{shape_of(model.input[name])}` |"
        )
    return "\n".join(lines)


def arguments_table(name: str, told: dict[str, str]) -> str:
    """The arguments of a builder with their defaults and what its docstring says of them."""
    lines = ["| argument | default | |", "|---|---|---|"]
    for argument, default in builder_arguments(name).items():
        lines.append(f"| `{argument}` | {default_text(default)} | {escaped(told.get(argument, ''))} |")
    return "\n".join(lines)


def default_text(value: Any) -> str:
    """A default as the table shows it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: `{declared(one)}`" for name, one in value.items())
    return f"`{declared(value)}`"


def declared(value: Any) -> str:
    """A value as it is written; of a modality its sizes, which stand first, and what differs from its defaults."""
    if not isinstance(value, Modality):
        return repr(value)
    told = [
        f"{field.name}={getattr(value, field.name)!r}"
        for number, field in enumerate(dataclasses.fields(value))
        if getattr(value, field.name) != field.default or (number < 2 and field.default)
    ]
    return f"{type(value).__name__}({', '.join(told)})"


def example(name: str, told: str) -> str:
    """Code that builds the model: with its defaults, and as its docstring shows it."""
    blocks = [f'import multimodal_zoo as mz\n\nmodel = mz.create_model("{name}")']
    statements = [re.sub(r"^(>>>|\.\.\.) ?", "", line) for line in told.splitlines() if line.startswith((">>>", "..."))]
    tree = ast.parse("\n".join(statements))
    wanted = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    made = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    homes = {one: home_of(one, name) for one in wanted - made}
    if statements and None not in homes.values():
        imports = sorted(
            {f"from {home} import {', '.join(sorted(k for k in homes if homes[k] == home))}" for home in homes.values()}
        )
        blocks.append("\n".join([*imports, "", *statements]))
    return "\n\n".join(f"```python\n{block}\n```" for block in blocks)


def home_of(name: str, model: str) -> str | None:
    """The module that a name of an example is imported from."""
    if name == model:
        return models.__name__
    return next((home.__name__ for home in HOMES if hasattr(home, name)), None)
