"""`datasets` and `download`: what data there is, and how to get it."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from multimodal_zoo.cli.completion import data_names
from multimodal_zoo.cli.options import PROGRAM, AsJson
from multimodal_zoo.cli.output import Answer, table_of
from multimodal_zoo.quiet_start import load_tensorflow


def datasets(as_json: AsJson = False) -> Answer:
    """List the data sets.

    Their protocols and licences, and where each was found.
    """
    load_tensorflow()

    from multimodal_zoo.datasets import dataset_card, find_dataset, list_datasets

    rows: list[dict[str, Any]] = []
    for name in list_datasets():
        card = dataset_card(name)
        found = find_dataset(name)
        rows.append(
            {
                "name": name,
                "title": card.title,
                "task": card.task,
                "protocols": dict(card.protocols),
                "licence": card.licence,
                "source": card.source,
                "synthetic": card.synthetic,
                "found": str(found) if found else None,
            }
        )
    shown = [
        [
            row["name"],
            row["title"],
            row["task"],
            list(row["protocols"]),
            row["licence"],
            "built in" if row["synthetic"] else row["found"] or f"not here: {PROGRAM} download {row['name']}",
        ]
        for row in rows
    ]
    return Answer(rows, [table_of(("name", "title", "task", "protocols", "licence", "where"), shown)])


def download(
    name: Annotated[str, typer.Argument(metavar="DATASET", autocompletion=data_names)], as_json: AsJson = False
) -> Answer:
    """Download a data set into the cache folder."""
    load_tensorflow()

    from multimodal_zoo.datasets import fetch_dataset

    folder = fetch_dataset(name)
    shown = f"{name}: {folder if folder else 'built in, it needs no files'}"
    return Answer({"name": name, "folder": str(folder) if folder else None}, [Text(shown)])
