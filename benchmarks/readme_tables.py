"""Write the tables of README.md and docs/*.md from benchmarks/results/*.json; `--check` only compares.

One of these documents holds, for each results file NAME.json, a block

    <!-- results:NAME -->
    ...
    <!-- /results -->

of which everything between the two markers is generated. A block without its file says how to make it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
RESULTS = ROOT / "benchmarks" / "results"
BLOCK = re.compile(r"(?P<start><!-- results:(?P<name>[\w.-]+) -->\n).*?(?P<end><!-- /results -->)", flags=re.DOTALL)


def cell_text(value: Any) -> str:
    """One cell of a table: four decimals, a dash for nothing, no character that would end the cell."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}"
    return " ".join(str(value).split()).replace("|", "\\|")


def table_markdown(table: dict[str, Any]) -> str:
    """One table with its title and note; columns of numbers are aligned to the right.

    Raises:
        ValueError: a row has more or fewer cells than there are columns.
    """
    columns, rows = table["columns"], table["rows"]
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"table {table['title']!r}: {len(columns)} columns, but a row of {len(row)}: {row}")
    numeric = [bool(rows) and all(is_figure(row[number]) for row in rows) for number in range(len(columns))]
    lines = [
        f"**{table['title']}**",
        "",
        line_of(columns),
        "|" + "|".join("---:" if right else "---" for right in numeric) + "|",
        *(line_of(row) for row in rows),
    ]
    if table.get("note"):
        lines += ["", table["note"]]
    return "\n".join(lines)


def is_figure(cell: Any) -> bool:
    """Whether a cell is a number, one written as text ("0.781 ± 0.002", "71 %"), or nothing."""
    return cell is None or isinstance(cell, (int, float)) or bool(re.match(r"[-+−]?\d*\.?\d+\b", str(cell).strip()))


def line_of(cells: Sequence[Any]) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(cell_text(cell) for cell in cells) + " |"


def block_markdown(name: str, folder: Path) -> str:
    """What stands between the markers of the results file `name`."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return f"Not measured yet: `make results` writes `benchmarks/results/{name}.json` and this table.\n"
    result = json.loads(path.read_text(encoding="utf-8"))
    environment = ", ".join(f"{key} {value}" for key, value in result.get("environment", {}).items())
    parts = [f"#### {result['title']}", result.get("protocol", "")]
    parts += [table_markdown(table) for table in result["tables"]]
    made_by = f"Made by `{result['command']}`" if result.get("command") else "Made by `make results`"
    parts.append(f"{made_by}{f' on {environment}' if environment else ''}; file `benchmarks/results/{name}.json`.")
    return "\n\n".join(part for part in parts if part) + "\n"


def rendered(document: str, folder: Path) -> str:
    """A document with every block generated anew.

    Args:
        document: text with the markers.
        folder: where the results files are.

    Raises:
        ValueError: a block is opened and not closed, or the other way round.
    """
    opened, closed, whole = (
        document.count("<!-- results:"),
        document.count("<!-- /results -->"),
        len(BLOCK.findall(document)),
    )
    if not opened == closed == whole:
        raise ValueError(
            f"{opened} blocks are opened by '<!-- results:NAME -->', "
            f"{closed} are closed by '<!-- /results -->' and {whole} are whole."
        )
    return BLOCK.sub(
        lambda found: f"{found['start']}\n{block_markdown(found['name'], folder)}\n{found['end']}", document
    )


def main(arguments: Sequence[str]) -> int:
    """Write the documents, or with `--check` only compare; 1 when one was not up to date."""
    stale = [
        path for path in DOCUMENTS if rendered(path.read_text(encoding="utf-8"), RESULTS) != path.read_text("utf-8")
    ]
    for path in stale:
        name = path.relative_to(ROOT)
        if arguments[:1] == ["--check"]:
            print(f"{name} is not what benchmarks/readme_tables.py writes: run it.", file=sys.stderr)
            continue
        beside = path.with_suffix(".md.new")
        beside.write_text(rendered(path.read_text(encoding="utf-8"), RESULTS), encoding="utf-8")
        os.replace(beside, path)
        print(f"{name}: written")
    return int(bool(stale) and arguments[:1] == ["--check"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
