"""One page for each data set, from its card."""

from __future__ import annotations

import re

from docstrings import escaped
from results_files import results_markdown, rows_of

from multimodal_zoo.datasets import DataSetCard, dataset_card, list_datasets


def data_set_pages() -> dict[str, str]:
    """Every page by its path below docs/."""
    return {
        "datasets/index.md": index(),
        **{f"datasets/{name}.md": data_set_page(dataset_card(name)) for name in list_datasets()},
    }


def index() -> str:
    """The table of all data sets with their licences."""
    lines = [
        "# The data sets",
        "",
        "**The licence of this package does not cover the data.** Records are looked for in "
        "`$MULTIMODAL_ZOO_DATA/<name>`, then in the cache folder, then downloaded where that is allowed. Checksums "
        "tell whether a copy is the one that the published figures were made with.",
        "",
        "| name | what it is | task | licence |",
        "|---|---|---|---|",
    ]
    for name in list_datasets():
        card = dataset_card(name)
        task = card.task.replace("_", " ")
        lines.append(f"| [`{name}`]({name}.md) | {linked(card.title)} | {task} | {linked(card.licence)} |")
    return "\n".join([*lines, ""])


def data_set_page(card: DataSetCard) -> str:
    """The page of one data set."""
    facts = {
        "task": card.task.replace("_", " "),
        "licence": card.licence,
        "from": card.source,
        "to cite": card.citation,
        "how to get it": "built in, no files"
        if card.synthetic
        else card.how_to_get or f"`multimodal-zoo download {card.name}`",
        "files it needs": ", ".join(f"`{one}`" for one in card.required),
    }
    parts = [
        f"# {card.name}",
        linked(card.title) + ".",
        "\n".join(["| | |", "|---|---|", *(f"| {what} | {linked(told)} |" for what, told in facts.items() if told)]),
        linked(card.notes),
        "## Splits",
        "\n".join(
            [
                "| protocol | what its splits are |",
                "|---|---|",
                *(f"| `{card.name}:{name}` | {linked(told)} |" for name, told in card.protocols.items()),
            ]
        ),
        f"`{card.name}` alone is `{card.name}:{card.default_protocol}`.",
        code(card),
        "## Checksums" if card.checksums else "",
        "\n".join(f"- `{file}`: SHA-256 `{digest}`" for file, digest in card.checksums.items()),
        "## Results",
        results_markdown(rows_of(data=card.name)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def code(card: DataSetCard) -> str:
    """How to load it."""
    reason = "" if card.synthetic else f"<!-- not run: the files of {card.name} may not be here -->\n"
    return (
        f'{reason}```python\nimport multimodal_zoo as mz\n\ndata = mz.load_dataset("{card.name}")\n'
        'print(data.modalities, data.class_names)\nrecord, label = data.split("train")[0]\n```'
    )


def linked(text: str) -> str:
    """Plain text as Markdown, with addresses as links."""
    parts = re.split(r"(https?://[^\s,;)]+[^\s,;).])", text)
    return "".join(f"<{part}>" if number % 2 else escaped(part) for number, part in enumerate(parts))
