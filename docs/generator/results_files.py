"""The figures of the documents: all from `benchmarks/results`, none typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.readme_tables import table_markdown
from multimodal_zoo.recipes import list_recipes, recipe_named

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def tables_of(name: str) -> dict[str, dict[str, Any]]:
    """The tables of a results file by their titles."""
    document = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return {table["title"]: table for table in document["tables"]}


def rows_of(network: str = "", data: str = "") -> list[str]:
    """The rows of the results that a network, or a data set, has a recipe for."""
    recipes = [recipe_named(row) for row in list_recipes()]
    return [
        one.row
        for one in recipes
        if (not network or one.network == network) and (not data or one.data.partition(":")[0] == data)
    ]


def results_markdown(rows: list[str]) -> str:
    """The tables of these rows, and which of them were not run yet."""
    tables = {title.partition(": ")[0]: table for title, table in tables_of("rows-in-detail").items()}
    parts = [table_markdown(tables[row]) for row in rows if row in tables]
    open_rows = [f"`{row}`" for row in rows if row not in tables]
    if open_rows:
        parts.append(f"Not run yet: {', '.join(open_rows)}; `multimodal-zoo reproduce ROW` runs one.")
    return "\n\n".join(parts) or "No row of the results has it yet."


def references_markdown() -> str:
    """The rows of the results beside what others report on the same split."""
    (table,) = tables_of("rows").values()
    kept = ("data and network", "figure", "network", "seeds", "reference")
    places = [table["columns"].index(column) for column in kept]
    rows = [[row[place] for place in places] for row in table["rows"]]
    return table_markdown(
        {"title": "The same data, split and figure", "columns": kept, "rows": [row for row in rows if row[-1]]}
    )
