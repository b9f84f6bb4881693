"""What is wrong with an executed notebook: another source, cells not run in order, errors, paths of a machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from nbformat import NotebookNode

# Paths that exist on one machine only; "../runs" and "saved_models/1" are no such paths, nor is "https://a.b/home/c".
MACHINE_PATH = re.compile(r"(?<![\w./])/(?:home|root|Users|work|tmp|mnt|srv|opt|usr|var|private)/[\w.-]+|\b[A-Z]:\\\w+")
ERROR = "Traceback (most recent call last)"


def differences(made: NotebookNode, kept: NotebookNode) -> list[str]:
    """In which cells a notebook is not what was made of its source.

    Args:
        made: of the source as it is now.
        kept: the notebook.

    Returns:
        A sentence for each cell; empty where they are equal, outputs aside.
    """
    found = [
        f"cell {number} is not that of the source"
        for number, (one, other) in enumerate(zip(made.cells, kept.cells, strict=False), start=1)
        if (one.cell_type, one.source) != (other.cell_type, other.source)
    ]
    if len(made.cells) != len(kept.cells):
        found.append(f"{len(kept.cells)} cells, the source has {len(made.cells)}")
    return found


def not_executed(kept: NotebookNode) -> list[str]:
    """Which cells of code were not run, or not in order from the first one on."""
    cells = [cell for cell in kept.cells if cell.cell_type == "code"]
    return [
        f"code cell {number} has the execution count {cell.execution_count}"
        for number, cell in enumerate(cells, start=1)
        if cell.execution_count != number
    ]


def faults_of_outputs(kept: NotebookNode) -> list[str]:
    """Which outputs hold an error, or a path of the machine they were made on."""
    found = []
    for number, cell in enumerate(kept.cells, start=1):
        for output in cell.get("outputs", ()):
            texts = list(texts_of(output))
            if output.output_type == "error" or any(ERROR in text for text in texts):
                found.append(f"an output of cell {number} is an error")
            found += [
                f"an output of cell {number} holds the path {path}"
                for text in texts
                for path in MACHINE_PATH.findall(text)
            ]
    return found


def texts_of(output: NotebookNode) -> Iterator[str]:
    """The texts of an output; pictures have none."""
    if "text" in output:
        yield output.text
    for kind, content in output.get("data", {}).items():
        if kind.startswith("text/"):
            yield content
        elif kind.endswith("json"):
            yield json.dumps(content)
