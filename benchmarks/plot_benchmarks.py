"""The pictures of the report: ratios with their spread, steps by the rows of a table, load by the number of clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from comparisons import BATCHING, PLAIN, SERVING_PEERS, ZOO, Comparison, of_load
from plotting import COLOURS, plain_numbers, plotting, write_svg

# Name -> what it shows, for who does not see it.
PICTURES = {
    "against_peers": "How many times as fast this package is as other libraries, with the spread of the rounds",
    "own_ways": "How many times as fast one way of this package is as another, with the spread of the rounds",
    "embedding_rows": "Milliseconds of a training step on an embedding table by its rows, for each library",
    "serving_load": "Requests a second and latency by the number of clients, for three networks and each way to serve",
}
# Blue right of 1, orange left of it, grey where the rounds do not agree.
VERDICT_COLOURS = {"faster": COLOURS[0], "slower": COLOURS[1]}
UNDECIDED = "#707070"
SERVED = {
    PLAIN: "C API",
    BATCHING: "C API, in-graph batching",
    "C API, in-graph batching of 8, 1 ms, 2 threads": "C API, batching of 8, 2 threads",
    **dict(zip(SERVING_PEERS, ("Triton, gRPC", "ONNX Runtime", "OpenVINO"), strict=True)),
}
# Inches of a line of a picture of ratios.
LINE = 0.165

Documents = Mapping[str, dict[str, Any]]


def plot_ratios(groups: Mapping[str, Sequence[Comparison]], title: str, name: str, folder: Path) -> None:
    """One line a comparison: its median, a thick bar between the quartiles, a thin one from least to greatest.

    Args:
        groups: comparisons by the heading they stand under.
        title: what is above 1.
        name: of the picture.
        folder: where to.
    """
    plt = plotting(name)
    lines = sum(len(rows) + 1.3 for rows in groups.values())
    figure, axis = plt.subplots(figsize=(8.6, LINE * lines + 1.1), layout="constrained")
    place, places, labels = 0.0, [], []
    for heading, rows in groups.items():
        axis.text(-0.005, place, heading, transform=axis.get_yaxis_transform(), weight="bold", ha="right", va="center")
        for one in rows:
            place += 1
            places.append(place)
            labels.append(f"{one.what}: {against(one)}")
            draw_ratio(axis, one, place)
        place += 1.3
    axis.set_yticks(places, labels)
    axis.set_ylim(place - 0.6, -0.7)
    axis.axvline(1, color="black", linewidth=1)
    scaled_ratios(axis)
    figure.suptitle(title, fontsize=9)
    figure.supxlabel(
        "times as fast; point: median of the rounds; thick: quartiles; thin: least to greatest. Filled blue: faster; "
        "filled orange square: slower;\n"
        "filled grey diamond: the rounds do not agree; hollow: one round, no spread known",
        fontsize=7,
    )
    write_svg(figure, folder / f"benchmarks_{name}.svg")
    plt.close(figure)


def against(one: Comparison) -> str:
    """The other way, and this one where it is not the package as such."""
    other = one.other.removesuffix(", preprocessing in Python")
    return other if one.way == ZOO else f"{one.way.removeprefix(f'{ZOO}, ').removeprefix(f'{ZOO}: ')} / {other}"


def draw_ratio(axis: Any, one: Comparison, place: float) -> None:
    """A line of the picture, with its figures at the right."""
    ratio = one.ratio
    colour = VERDICT_COLOURS.get(ratio.verdict, UNDECIDED)
    axis.plot([ratio.least, ratio.greatest], [place, place], color=colour, linewidth=0.8, marker="")
    axis.plot([ratio.low, ratio.high], [place, place], color=colour, linewidth=3, alpha=0.5, marker="")
    marker = {"faster": "o", "slower": "s"}.get(ratio.verdict, "D")
    face = colour if ratio.rounds > 1 else "white"
    axis.plot(ratio.middle, place, marker, color=colour, markerfacecolor=face, markersize=4)
    spread = f" [{ratio.low:.2f}, {ratio.high:.2f}]" if ratio.rounds > 1 else ""
    axis.text(1.01, place, f"{ratio.middle:.2f}{spread}", transform=axis.get_yaxis_transform(), va="center", fontsize=7)


def scaled_ratios(axis: Any) -> None:
    """A logarithmic axis with plain numbers, on top, too."""
    axis.set_xscale("log")
    low, high = axis.get_xlim()
    steps = [digit * 10.0**power for power in range(-3, 4) for digit in (1, 2, 5)]
    axis.set_xticks(steps, [f"{step:g}" for step in steps])
    axis.minorticks_off()
    axis.set_xlim(low, high)
    axis.tick_params(top=True, labeltop=True)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="x", alpha=0.3)


def plot_embedding_rows(documents: Documents, folder: Path) -> None:
    """The step of each library by the rows of the table, both logarithmic."""
    plt = plotting("embedding rows")
    figure, axis = plt.subplots(figsize=(6, 3.4), layout="constrained")
    for other, by_rows in steps_by_rows(documents["embeddings"]["samples"]).items():
        rows = sorted(by_rows)
        middle, low, high = np.transpose([np.quantile(by_rows[one], [0.5, 0, 1]) for one in rows])
        axis.errorbar(
            rows,
            middle,
            (middle - low, high - middle),
            capsize=3,
            markersize=5,
            linewidth=2 if other == ZOO else 1,
            label=other,
        )
    axis.set_xscale("log")
    axis.set_yscale("log")
    rows = sorted({one for by_rows in steps_by_rows(documents["embeddings"]["samples"]).values() for one in by_rows})
    axis.set_xticks(rows, [f"{one:,}" for one in rows])
    axis.set_xlim(rows[0] / 2, rows[-1] * 2)
    plain_numbers(axis)
    axis.set_xlabel("rows of the table")
    axis.set_ylabel("ms a training step, bars: least and greatest round")
    axis.grid(alpha=0.3)
    figure.legend(loc="outside right center", frameon=False)
    write_svg(figure, folder / "benchmarks_embedding_rows.svg")
    plt.close(figure)


def steps_by_rows(samples: Mapping[str, Any]) -> dict[str, dict[int, list[float]]]:
    """The median step of each round in ms, by library and rows."""
    found: dict[str, dict[int, list[float]]] = {}
    for name, pair in samples.items():
        # One step a call: several are another question.
        if name != "growth" and "a call" not in name:
            for library, rounds in pair.items():
                by_rows = found.setdefault(library, {})
                by_rows.setdefault(int(name.split()[0]), []).extend(1e3 * np.median(one) for one in rounds)
    return found


def plot_serving_load(documents: Documents, folder: Path) -> None:
    """Requests a second above, the 99th percentile of the latency below, one column a network."""
    plt = plotting("serving load")
    samples = documents["serving"]["samples"]
    figure, axes = plt.subplots(2, len(samples), figsize=(8.6, 5), layout="constrained", squeeze=False)
    for column, (network, measured) in enumerate(samples.items()):
        load = measured["load"]
        clients = sorted({one["clients"] for one in load})
        there = {one["variant"] for one in load}
        for axis, kind in zip(axes[:, column], ("rate", "p99_ms"), strict=True):
            styles = zip(SERVED.items(), plt.rcParams["axes.prop_cycle"], strict=False)
            for number, ((variant, label), style) in enumerate(styles):
                if variant in there:
                    # A little beside each other, or one bar hides the others.
                    places = np.array(clients) * (1 + 0.06 * (number - (len(SERVED) - 1) / 2))
                    rounds = [of_load(load, variant, count, kind) for count in clients]
                    middle, low, high = np.transpose([np.quantile(one, [0.5, 0, 1]) for one in rounds])
                    bars = (middle - low, high - middle)
                    look = {"markersize": 4, "linewidth": 1, "elinewidth": 0.7, "label": label, **style}
                    axis.errorbar(places, middle, bars, **look)
            axis.set_xscale("log")
            axis.set_yscale("log")
            axis.set_xticks(clients, [str(one) for one in clients])
            plain_numbers(axis)
            axis.grid(alpha=0.3)
        axes[0, column].set_title(network)
        axes[1, column].set_xlabel("clients")
    axes[0, 0].set_ylabel("requests a second\n(more is better)")
    axes[1, 0].set_ylabel("latency of 99 in 100, ms\n(less is better)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle("medians of the rounds; bars: least and greatest", fontsize=9)
    write_svg(figure, folder / "benchmarks_serving_load.svg")
    plt.close(figure)


def draw(documents: Documents, compared: Mapping[str, Sequence[Comparison]], folder: Path) -> None:
    """Draw and write all pictures.

    Args:
        documents: results files by name.
        compared: comparisons by the title of their group.
        folder: where to.
    """
    for name, peer, title in (
        ("against_peers", True, "multimodal_zoo against other libraries: right of 1 multimodal_zoo is faster"),
        ("own_ways", False, "Ways of multimodal_zoo, the first / the second: right of 1 the first is faster"),
    ):
        chosen = {title: [one for one in rows if one.peer == peer] for title, rows in compared.items()}
        plot_ratios({title: rows for title, rows in chosen.items() if rows}, title, name, folder)
    single: dict[str, Callable[[Documents, Path], None]] = {
        "embeddings": plot_embedding_rows,
        "serving": plot_serving_load,
    }
    for result, plot in single.items():
        if result in documents:
            plot(documents, folder)
