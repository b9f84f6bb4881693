"""One page for each fusion operator, and one that says from what was measured when to use which."""

from __future__ import annotations

import re
from typing import Any

from docstrings import as_markdown, escaped, named_items, parsed
from results_files import tables_of

from multimodal_zoo.fusion import fusion_operator, list_fusions, operator_arguments

# From here on an operator tells what only both modalities together tell: chance is 50 %.
TELLS_TOGETHER = 95.0
# Points of accuracy that no modality need cost where the other one tells the same.
MUCH_LOST = 10.0
KINDS_OF_EVIDENCE = ("unique", "redundant", "additive", "synergistic")
# The real data sets of the comparison, by the beginning of the title of their table.
REAL = ("mosi", "spoken-digits", "covid-cxr")

GUIDE = """# The fusion operators

A fusion operator joins the encodings of the modalities to one vector. Each can be named in every builder with an
argument `fusion`, takes `presence` and keeps its law. Each has a page with its formula, what it does without a
modality, its arguments and its paper.

## When to use which

By what was measured with default arguments ([how](../fusion_operators.md)):

- **Only both modalities together tell the answer**, as of a question about an image: of {all} operators {together}
  reach {threshold:.0f} % on the SYNTHETIC task of this kind, the cheapest of them {cheap}. These do not: {apart}.
- **Each modality tells something by itself**: look at the gain over the best single modality and its interval before
  preferring one operator to another. The largest gains: {gains}. Of so many operators the first is partly so by luck.
- **A modality is often missing**: all but {helpless} lose less than {lost:.0f} points where the other one tells
  the same. Those know pairs of modalities and nothing else.
- **Nothing is known**: begin with the default of the builder, and change it when the first network runs: it is one
  argument.

## What each does

{summaries}

## What was measured

{figures}

"Only together" is the SYNTHETIC task, in per cent of accuracy, where chance is 50. The real data: accuracy in per cent,
AUC for covid-cxr.
"""


def operator_pages() -> dict[str, str]:
    """Every page by its path below docs/."""
    return {"operators/index.md": index(), **{f"operators/{name}.md": operator_page(name) for name in list_fusions()}}


def operator_page(name: str) -> str:
    """What an operator computes, what it does without a modality, its arguments and its measured figures."""
    operator = fusion_operator(name)
    said = parsed(operator)
    takes = "vectors and sequences" if 3 in operator.encoding_ranks else "vectors"
    parts = [
        f"# {name}",
        as_markdown(said.summary),
        f'Takes {takes}; `fusion="{name}"` names it in every builder that has this argument.',
        as_markdown(said.text),
        "## Arguments",
        arguments_table(operator_arguments(name), named_items(said.sections.get("Args", ""))),
        "## Measured",
        measured(name),
        "How it was measured, and all operators side by side: [the fusion operators compared](../fusion_operators.md).",
        "## Reference",
        escaped(said.sections.get("Reference", "none")),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def arguments_table(defaults: dict[str, Any], told: dict[str, str]) -> str:
    """The arguments beside the width, with their defaults."""
    lines = ["| argument | default | |", "|---|---|---|"]
    for argument, default in defaults.items():
        lines.append(f"| `{argument}` | `{default!r}` | {escaped(told.get(argument, ''))} |")
    return "\n".join(lines) if defaults else "None beside the width of the joint representation."


def rows_by_operator(title: str) -> dict[str, dict[str, str]]:
    """Operator -> column -> cell of the table whose title begins so."""
    (table,) = (one for name, one in tables_of("fusion-operators").items() if name.startswith(title))
    return {row[0]: dict(zip(table["columns"][1:], row[1:], strict=True)) for row in table["rows"]}


def measured(name: str) -> str:
    """What the comparison has of one operator."""
    made_up = rows_by_operator("SYNTHETIC pairs of vectors: test")
    lines = ["| data | figure | gain over the best single modality |", "|---|---|---|"]
    if name in made_up:
        lines += [f"| SYNTHETIC, {what} | {made_up[name][what]} % | |" for what in KINDS_OF_EVIDENCE]
    for data in REAL:
        row = rows_by_operator(data).get(name)
        if row:
            figure, _, gain, *_ = row.values()
            lines.append(f"| {data} | {figure} {unit_of(data)} | {gain} |")
    return "\n".join(lines) if len(lines) > 2 else "Not measured yet."


def unit_of(data: str) -> str:
    """The unit of the figures on a data set, as the table names it."""
    (title,) = (one for one in tables_of("fusion-operators") if one.startswith(data))
    return "% accuracy" if "accuracy" in title else "AUC"


def mean_of(cell: str) -> float:
    """The mean of "78.3 ± 1.5"."""
    found = re.match(r"[-+−]?\d+(\.\d+)?", cell)
    if not found:
        raise ValueError(f"{cell!r} begins with no number.")
    return float(found[0])


def index() -> str:
    """When to use which, sorted by what was measured."""
    made_up = rows_by_operator("SYNTHETIC pairs of vectors: test")
    lost = rows_by_operator("SYNTHETIC pairs of vectors: points")
    real = {data: rows_by_operator(data) for data in REAL}
    known = [one for one in list_fusions() if one in made_up]
    together = [one for one in known if mean_of(made_up[one]["synergistic"]) >= TELLS_TOGETHER]
    apart = [one for one in known if one not in together]
    cheap = sorted(together, key=lambda one: mean_of(str(made_up[one]["CPU ms per step"])))[:5]
    helpless = [one for one in lost if mean_of(lost[one]["redundant, a missing"]) > MUCH_LOST]
    return GUIDE.format(
        all=len(known),
        together=len(together),
        threshold=TELLS_TOGETHER,
        cheap=links(cheap),
        apart=links(apart),
        gains="; ".join(f"{data}: {best_of(rows)}" for data, rows in real.items()),
        helpless=links(helpless),
        lost=MUCH_LOST,
        summaries=summaries(),
        figures=figures_table(made_up, real),
    )


def best_of(rows: dict[str, dict[str, str]]) -> str:
    """The operator with the largest gain, with its interval; of one network, so no modality alone."""
    gains = {name: row["gain over the best single [95 %]"] for name, row in rows.items() if name in list_fusions()}
    name = max(gains, key=lambda one: mean_of(gains[one]))
    return f"[`{name}`]({name}.md) {gains[name]}"


def links(names: list[str]) -> str:
    """Names of operators with links to their pages."""
    return ", ".join(f"[`{name}`]({name}.md)" for name in names)


def figures_table(made_up: dict[str, dict[str, str]], real: dict[str, dict[str, dict[str, str]]]) -> str:
    """The main figures of each operator in one line."""
    lines = [
        f"| operator | only together | {' | '.join(REAL)} | CPU ms a step |",
        f"|---|---:|{'---:|' * len(REAL)}---:|",
    ]
    for name in list_fusions():
        row = made_up.get(name, {})
        figures = [next(iter(rows[name].values())) if name in rows else "–" for rows in real.values()]
        cells = [row.get("synergistic", "–"), *figures, row.get("CPU ms per step", "–")]
        lines.append(f"| {links([name])} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def summaries() -> str:
    """What each operator does, in one line."""
    lines = ["| operator | what it does |", "|---|---|"]
    for name in list_fusions():
        summary = parsed(fusion_operator(name)).summary.partition(": ")[0].rstrip(".")
        lines.append(f"| {links([name])} | {escaped(summary)} |")
    return "\n".join(lines)
