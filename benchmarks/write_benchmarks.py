"""Write docs/benchmarks.md and its pictures from benchmarks/results/*.json; `--check` only compares the page.

    python benchmarks/write_benchmarks.py [--check]

The same results files give the same page and the same pictures.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmark_groups import GROUPS, Group
from comparisons import Comparison
from growth_curves import CURVES
from growth_tables import measured_growth
from plot_benchmarks import PICTURES, draw
from readme_tables import RESULTS, ROOT, table_markdown

PAGE = ROOT / "docs" / "benchmarks.md"
# Which picture stands in the section of a results file.
PLACES = {"embeddings": "embedding_rows", "serving": "serving_load"}
COMMON = ("processor", "cores", "system")
VERDICTS = ("faster", "slower", "not told apart")

INTRODUCTION = """\
# The benchmarks

<!-- Written by benchmarks/write_benchmarks.py from benchmarks/results: change it there. -->

Everything that was measured side by side, from the raw samples in `benchmarks/results`. How to repeat each of them,
and what to heed, stands in `benchmarks/README.md`; the tables in full, with memory and cores busy, stand in [Other
libraries](comparison.md) and on the pages that are named below.

**How to read it.** The ways that are compared run in turns, round after round, on the same cores. A ratio is that of
one round: how many times as fast the way on the left is. Above 1 it is faster, below 1 it is slower. Shown are the
median of the rounds, their quartiles in brackets, and the least and the greatest. *Faster* and *slower* stand where
nine of ten rounds agree, which of a few rounds are all. Ratios travel to another machine, seconds do not. The full
tables elsewhere take the ratio of the medians of all steps, which is nearly the same where the rounds agree.
"""

NOT_COMPARABLE = """\
## What is compared nowhere

- Libraries that have no networks of several modalities, no export that takes raw bytes, or no answer where a modality
  is missing: they are not slower at it, they do not do it.
- Figures that others publish of other machines. Quality beside published figures: [the results](results.md).
- Seconds of one table with those of another: machine, day and other work differ, see the last table.
"""


def comparison_table(found: Sequence[Comparison]) -> str:
    """The ratios of a group as Markdown."""
    columns = ("what", "this", "against", "this reached", "that reached", "times as fast", "range", "rounds", "it is")
    rows = [
        [
            one.what,
            one.way,
            one.other,
            one.figure,
            one.other_figure,
            ratio_text(one),
            range_text(one),
            one.ratio.rounds,
            one.ratio.verdict,
        ]
        for one in found
    ]
    return bare_table(columns, rows)


def ratio_text(one: Comparison) -> str:
    """Median and quartiles."""
    quartiles = f" [{digits(one.ratio.low)}, {digits(one.ratio.high)}]" if one.ratio.rounds > 1 else ""
    return digits(one.ratio.middle) + quartiles


def range_text(one: Comparison) -> str | None:
    """The least and the greatest."""
    return f"{digits(one.ratio.least)} to {digits(one.ratio.greatest)}" if one.ratio.rounds > 1 else None


def digits(ratio: float) -> str:
    """Two digits behind the point, fewer of large ones."""
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"


def at_a_glance(groups: dict[str, list[Comparison]]) -> str:
    """How many comparisons with other libraries came out in which way, and the pictures of all ratios."""
    rows = []
    for title, found in groups.items():
        verdicts = [one.ratio.verdict for one in found if one.peer]
        if verdicts:
            rows.append([title, *(verdicts.count(one) for one in VERDICTS)])
    rows.append(["all", *(sum(row[place] for row in rows) for place in (1, 2, 3))])
    return "\n\n".join(
        [
            "## At a glance",
            "How many comparisons with other libraries came out in which way:",
            bare_table(("comparisons of", *VERDICTS), rows),
            "What limits each of them stands under *Not comparable* in its section. In serving the clients weigh most: "
            "threads of a C program here, of a Python program there. In retrieval the first is the library that the "
            "index is built on.",
            picture("against_peers"),
            "Ways of this package against each other, some of which are libraries that run its converted networks:",
            picture("own_ways"),
        ]
    )


def bare_table(columns: Sequence[str], rows: list[list[Any]]) -> str:
    """A table as Markdown without a title."""
    table = table_markdown({"title": "", "columns": columns, "rows": rows})
    return table.partition("\n\n")[2]


def growth_table(samples: dict[str, Any]) -> str:
    """How the time of a step grows along each line of each curve."""
    rows = []
    for name, lines in samples.items():
        curve = CURVES[name]
        for line, points in lines.items():
            found = measured_growth(points, curve.each_more)
            grows = f"{found:.2f} times for each more" if curve.each_more else f"size to the power {found:.2f}"
            sizes = f"{curve.sizes[0]:,} to {curve.sizes[-1]:,} {curve.size}"
            rows.append([curve.title, line, sizes, grows])
    columns = ("what grows", "of", "measured", "time of a step grows as")
    return bare_table(columns, rows)


def section(group: Group, document: dict[str, Any] | None) -> str:
    """The section of a group; `document` is its results file."""
    parts = [f"## {group.title}", group.compared]
    if document is None:
        parts.append(f"**Not measured yet**: `{group.command}` does it.")
        return "\n\n".join([*parts, f"**Not comparable:** {group.not_comparable}"])
    if found := group.comparisons(document):
        parts.append(comparison_table(found))
    if group.result == "growth":
        parts += ["![Time of a step and peak of memory by size](growth.svg)", growth_table(document["samples"])]
    if group.result in PLACES:
        parts.append(picture(PLACES[group.result]))
    parts += [
        table_markdown(one) for one in document["tables"] if group.tables and one["title"].startswith(group.tables)
    ]
    if group.asked:
        parts.append(f"**Asked for:** {group.asked}")
    parts.append(f"**Not comparable:** {group.not_comparable}")
    parts.append(repeated(group, document))
    return "\n\n".join(parts)


def picture(name: str) -> str:
    """A picture in Markdown."""
    return f"![{PICTURES[name]}](images/benchmarks_{name}.svg)"


def repeated(group: Group, document: dict[str, Any]) -> str:
    """How to repeat a measurement, when it was made, and where its samples are."""
    when = f"Measured {document['measured']}" if "measured" in document else "Measured"
    remark = f" {document['remark']}" if document.get("remark") else ""
    return (
        f"{when} on {document['environment']['processor']}, {document['environment']['cores']} cores.{remark} "
        f"{sentence(document['protocol'])} Repeat it: `{document['command']}`. Raw samples: "
        f"`benchmarks/results/{group.result}.json`. In full: {group.page}."
    )


def sentence(text: str) -> str:
    """With a capital letter and a point."""
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def results_section(rows: dict[str, Any]) -> str:
    """A summary of the table of the results."""
    (table,) = rows["tables"]
    column = {name: number for number, name in enumerate(table["columns"])}
    seeds = [row[column["seeds"]] for row in table["rows"]]
    beside = sum(row[column["reference"]] is not None for row in table["rows"])
    return (
        "## Quality\n\n"
        f"The table of the results has {len(seeds)} rows of a network on its data, {sum(one >= 3 for one in seeds)} of "
        f"them with three seeds or more; beside {beside} stands what others report on the same split. Every row says "
        "what needs no network, each modality alone, and a modality missing at test time: [the results](results.md), "
        "[beside published figures](comparison.md#quality-where-others-report-it), "
        "[the fusion operators compared](fusion_operators.md). Trust, attacks and calibration: [explain](explain.md)."
    )


def machines_table(documents: dict[str, dict[str, Any]]) -> str:
    """What each file was measured on."""
    rows = []
    for name, document in documents.items():
        environment = document["environment"]
        packages = ", ".join(f"{key} {value}" for key, value in environment.items() if key not in COMMON)
        machine = f"{environment['processor']}, {environment['cores']} cores, {environment['system']}"
        rows.append([f"`{name}`", document.get("measured"), machine, other_work(document), packages])
    columns = ("file", "measured on", "machine", "other work", "packages")
    return "\n\n".join(
        [
            "## Machines and versions",
            "Measured on: the day, or for older files the day on which they came into the repository. Other work: how "
            "many cores other programs kept busy in the second behind the measurement. What the machine reaches at "
            "most, sgemm and copying, is measured with every training step, and falls where it has other work. Peers "
            "have the versions of `benchmarks/training_peers.txt` and `benchmarks/serving_peers.txt` where no others "
            "are named.",
            bare_table(columns, rows),
        ]
    )


def other_work(document: dict[str, Any]) -> str:
    """Whether the machine had other work, as far as that is known."""
    if document.get("other work, cores") is not None:
        return f"{document['other work, cores']:.2f} cores"
    return document.get("remark", "not recorded")


def documents_in(folder: Path) -> dict[str, dict[str, Any]]:
    """The results files of the groups that are there, in the order of the report."""
    files = {group.result: folder / f"{group.result}.json" for group in GROUPS}
    return {name: json.loads(file.read_text(encoding="utf-8")) for name, file in files.items() if file.is_file()}


def compared(documents: dict[str, dict[str, Any]]) -> dict[str, list[Comparison]]:
    """All comparisons by the title of their group."""
    found = {one.title: one.comparisons(documents[one.result]) for one in GROUPS if one.result in documents}
    return {title: rows for title, rows in found.items() if rows}


def page(documents: dict[str, dict[str, Any]], rows: dict[str, Any]) -> str:
    """The whole page.

    Args:
        documents: results files by name.
        rows: the table of the results.
    """
    parts = [INTRODUCTION.rstrip(), at_a_glance(compared(documents))]
    parts += [section(group, documents.get(group.result)) for group in GROUPS]
    parts += [results_section(rows), NOT_COMPARABLE.rstrip(), machines_table(documents)]
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write page and pictures, or with `--check` only compare the page; 1 when it was not up to date."""
    documents = documents_in(RESULTS)
    written = page(documents, json.loads((RESULTS / "rows.json").read_text(encoding="utf-8")))
    if arguments[:1] == ["--check"]:
        stale = not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != written
        if stale:
            print("docs/benchmarks.md is not what benchmarks/write_benchmarks.py writes: run it.", file=sys.stderr)
        return int(stale)
    draw(documents, compared(documents), ROOT / "docs" / "images")
    beside = PAGE.with_suffix(".md.new")
    beside.write_text(written, encoding="utf-8")
    os.replace(beside, PAGE)
    print("docs/benchmarks.md: written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
