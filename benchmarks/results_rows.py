"""The one table of the results: every recipe with each of its seeds, by `multimodal-zoo reproduce`.

    python benchmarks/results_rows.py                   every row but the long ones
    python benchmarks/results_rows.py --all             every row
    python benchmarks/results_rows.py --rows ROW ...    these rows
    python benchmarks/results_rows.py --only ROW SEED   this seed of this row
    python benchmarks/results_rows.py --tables          none; only writes the tables of what was run

Finished runs in `runs/results` are kept. The runs of a row are in `benchmarks/results/rows`, one file a row; a run of a
recipe that has changed since is left out of the tables.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from experiment import KEPT, RESULTS, kept_run, mean_and_spread, write_result
from machine import environment

from multimodal_zoo.cli.reproduce import lines_of
from multimodal_zoo.recipes import Recipe, list_recipes, recipe_named

ROWS = RESULTS / "rows"
COLUMNS = [
    "data and network",
    "figure",
    "no network",
    "best modality alone",
    "network",
    "seeds",
    "reference",
    "parameters",
    "minutes",
    "memory, MB",
]


def stamp(recipe: Recipe) -> str:
    """Tells the settings of a recipe from others: what a figure depends on, not what is told about it."""
    told = {"reference", "notes", "seeds", "long", "baselines", "more", "measured"}
    settings = {
        field.name: getattr(recipe, field.name)
        for field in dataclasses.fields(recipe)
        # What a recipe does not use may be added to all of them.
        if field.name not in told and getattr(recipe, field.name)
    }
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=name_of).encode()).hexdigest()[:12]


def name_of(value: Any) -> str:
    """What makes a part of a recipe, by name; its settings are in the code."""
    return getattr(value, "__qualname__", type(value).__name__)


def file_of(recipe: Recipe) -> Path:
    """Where the runs of a row are kept."""
    return ROWS / f"{re.sub(r'[^a-z0-9+-]+', '_', recipe.row)}.json"


def kept_bundle(recipe: Recipe, seed: int) -> Path:
    """Where the network of a row and a seed is kept."""
    return KEPT / "bundles" / f"{file_of(recipe).stem}-{stamp(recipe)}" / str(seed)


def runs_of(recipe: Recipe) -> list[dict[str, Any]]:
    """The runs of a row as its recipe is now, by seed."""
    file = file_of(recipe)
    document = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return document["runs"] if document.get("recipe") == stamp(recipe) else []


def run(recipe: Recipe, seed: int) -> None:
    """Run one seed of a row in a process of its own, unless it was run before, and keep it."""
    mark = stamp(recipe)
    one = kept_run(f"{file_of(recipe).stem}-{mark}-{seed}", lambda: reproduced(recipe, seed))
    runs = {old["seed"]: old for old in runs_of(recipe)} | {seed: one}
    document = {
        "row": recipe.row,
        "recipe": mark,
        "environment": environment(),
        "runs": [runs[key] for key in sorted(runs)],
    }
    ROWS.mkdir(parents=True, exist_ok=True)
    beside = file_of(recipe).with_suffix(".new")
    beside.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(beside, file_of(recipe))


def reproduced(recipe: Recipe, seed: int) -> dict[str, Any]:
    """What the command says of one seed of a row; the network that reads everything is kept.

    Raises:
        RuntimeError: it failed.
    """
    row, folder = recipe.row, kept_bundle(recipe, seed).parent
    command = [sys.executable, "-m", "multimodal_zoo", "reproduce", row, "--save", str(folder)]
    command += ["--seeds", "1", "--first-seed", str(seed), "--json"]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    document = json.loads(ended.stdout or "{}")
    if "runs" not in document:
        raise RuntimeError(f"{row} with seed {seed} ended with status {ended.returncode}: {document.get('error')}")
    return document["runs"][0]


def digits(value: float) -> int:
    """Decimals to show: four of shares, five of small ones, two of what counts something."""
    return 5 if abs(value) < 0.1 else 4 if abs(value) < 2 else 2


def cell(values: Sequence[float]) -> str:
    """Mean and spread; what is the same with every seed has none."""
    return mean_and_spread(values if len(set(values)) > 1 else values[:1], 1, digits(float(np.mean(values))))


def best(recipe: Recipe, lines: dict[str, list[float]]) -> str | None:
    """The better of several lines by their means; None of none."""
    if not lines:
        return None
    choose: Callable[..., str] = max if recipe.higher_is_better else min
    return cell(lines[choose(lines, key=lambda name: np.mean(lines[name]))])


def line(recipe: Recipe, runs: list[dict[str, Any]]) -> list[Any]:
    """A line of the one table."""
    first = runs[0]
    without = {name: [one["baselines"][name] for one in runs] for name in first["baselines"]}
    alone = {name: [one["alone"][name] for one in runs] for name in first["alone"]}
    return [
        f"`{recipe.row}`{' (SYNTHETIC)' if 'SYNTHETIC' in recipe.notes else ''}",
        f"{recipe.figure} {'↑' if recipe.higher_is_better else '↓'}",
        best(recipe, without),
        best(recipe, alone),
        cell([one["test"] for one in runs]),
        len(runs),
        recipe.reference or None,
        first["parameters"],
        mean_and_spread([one["seconds"] / 60 for one in runs], 1, 1),
        f"{max(one['peak_memory_mb'] for one in runs):.0f}",
    ]


def detail(recipe: Recipe, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The table of a row: everything that was measured of it."""
    lines = lines_of(runs)
    return {
        "title": f"{recipe.row}: {recipe.figure}, {'higher' if recipe.higher_is_better else 'lower'} is better",
        "columns": ["what", "test", "seeds"],
        "rows": [[what, cell(values), len(values)] for what, values in lines.items()],
        "note": " ".join(filter(None, [recipe.reference and f"{recipe.reference}.", recipe.notes])),
    }


def write_tables() -> None:
    """Write the one table and the table of each row, of what was run."""
    known = [recipe_named(row) for row in list_recipes()]
    run_rows = [(recipe, runs) for recipe in known if (runs := runs_of(recipe))]
    open_rows = [recipe.row for recipe in known if not runs_of(recipe)]
    few = [recipe.row for recipe, runs in run_rows if len(runs) < recipe.seeds]
    note = (
        "Test split, mean ± standard deviation over the seeds. Best modality alone: the same network, trained without "
        "the others. No network: the best of a constant answer and the baselines of the data. "
        "Minutes: training of the network of everything, on two cores that other rows were often trained on meanwhile. "
        "`multimodal-zoo reproduce ROW` repeats a row."
    )
    if few:
        note += f" With fewer seeds than are asked for: {', '.join(few)}."
    if open_rows:
        note += f" Not run yet: {', '.join(open_rows)}."
    table = {
        "title": "Every network on its data",
        "columns": COLUMNS,
        "rows": [line(*one) for one in run_rows],
        "note": note,
    }
    protocol = "splits and settings by the recipe of each row; the test split is read once, at the end"
    for name, title, tables in (
        ("rows", "The results", [table]),
        ("rows-in-detail", "The results, row by row", [detail(*one) for one in run_rows]),
    ):
        write_result(name, title, protocol, tables, {}, command="make results-all")


def main() -> None:
    """Run what is asked for and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--all", action="store_true", help="the long rows, too")
    chosen.add_argument("--rows", nargs="+", metavar="ROW", help="these rows")
    chosen.add_argument("--only", nargs=2, metavar=("ROW", "SEED"), help="one seed of a row")
    chosen.add_argument("--tables", action="store_true", help="only write the tables of what was run")
    asked = parser.parse_args()
    if asked.only:
        row, seed = asked.only
        if not seed.isdecimal():
            parser.error(f"--only takes a row and a seed, got {' '.join(asked.only)}.")
        run(recipe_named(row), int(seed))
    elif not asked.tables:
        recipes = [recipe_named(row) for row in asked.rows or list_recipes()]
        for recipe in recipes:
            if asked.rows or asked.all or not recipe.long:
                for seed in range(recipe.seeds):
                    run(recipe, seed)
    write_tables()


if __name__ == "__main__":
    main()
