"""`reproduce`: a row of the results, made again."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from multimodal_zoo.cli.completion import row_names
from multimodal_zoo.cli.options import AsJson, registered_models
from multimodal_zoo.cli.output import Answer, table_of

SHOWN_OF_A_RECIPE = ("row", "figure", "seeds", "reference")


def reproduce(
    row: Annotated[
        str | None,
        typer.Argument(metavar="[ROW]", help="A row; without it, the rows there are.", autocompletion=row_names),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="How many seeds; as many as the row has if left out.")
    ] = None,
    first_seed: Annotated[int, typer.Option(min=0, help="The seeds count up from here.")] = 0,
    save: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep each network of everything as a bundle FOLDER/SEED.")
    ] = None,
    as_json: AsJson = False,
) -> Answer:
    """Make a row of the results again.

    Trains its networks, each modality alone as well, with several seeds.
    """
    registered_models()

    from multimodal_zoo import recipes
    from multimodal_zoo.training.bundle import MANIFEST, refuse_to_replace

    known = [recipes.recipe_named(one) for one in recipes.list_recipes()]
    if row is None:
        rows = [{name: getattr(one, name) for name in (*SHOWN_OF_A_RECIPE, "network", "data")} for one in known]
        cells = [[one[name] for name in SHOWN_OF_A_RECIPE] for one in rows]
        return Answer(rows, [table_of(SHOWN_OF_A_RECIPE, cells)])
    recipe = recipes.recipe_named(row)
    chosen = range(first_seed, first_seed + (seeds or recipe.seeds))
    folders = [save and save / str(seed) for seed in chosen]
    for folder in folders:
        # All of them before the first training, which may take an hour.
        if folder is not None:
            refuse_to_replace(folder, MANIFEST)
    outcomes = [recipes.reproduce(recipe, seed, save=folder) for seed, folder in zip(chosen, folders, strict=True)]
    lines = lines_of(outcomes)
    document = {"row": row, "figure": recipe.figure, "reference": recipe.reference, "lines": lines, "runs": outcomes}
    cells = [[reads, *mean_and_spread(values), len(values)] for reads, values in lines.items()]
    shown: list[RenderableType] = [table_of(("reads", recipe.figure, "spread", "seeds"), cells)]
    shown += [Text(one) for one in (recipe.reference, recipe.notes) if one]
    failed = [one["seed"] for one in outcomes if one["beats_constant"] is False]
    failure = f"No better than a constant answer with the seeds {failed}: it learned nothing." if failed else None
    return Answer(document, shown, failure)


def lines_of(outcomes: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """What is read -> the figure with each seed: nothing, each modality alone, everything, everything without each."""
    first = outcomes[0]
    lines = {f"no network: {name}": [one["baselines"][name] for one in outcomes] for name in first["baselines"]}
    lines |= {f"{name} alone": [one["alone"][name] for one in outcomes] for name in first["alone"]}
    lines["everything"] = [one["test"] for one in outcomes]
    for name in first["missing"]:
        lines[f"everything, {name} missing at test time"] = [one["missing"][name] for one in outcomes]
    for name in first["more"]:
        lines[f"everything: {name}"] = [one["more"][name] for one in outcomes]
    return lines


def mean_and_spread(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and standard deviation (n - 1), None of a single value."""
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None
