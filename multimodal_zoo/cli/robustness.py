"""`robustness`: how an exported model bears noise, attacks and missing modalities."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.completion import data_names
from multimodal_zoo.cli.options import AsJson, existing_bundle
from multimodal_zoo.cli.output import Answer, table_of
from multimodal_zoo.quiet_start import load_tensorflow

if TYPE_CHECKING:
    from multimodal_zoo.datasets import Records
    from multimodal_zoo.explain import NoiseCurve, RobustnessReport
    from multimodal_zoo.training import Bundle

SAVED_MODEL = "saved_model.pb"


def robustness(
    model: Annotated[Path, typer.Argument(metavar="EXPORT-OR-BUNDLE", help="What `export` or `train` wrote.")],
    data: Annotated[
        str,
        typer.Option(
            "--data", metavar="DATASET", help="NAME or NAME:PROTOCOL, see `datasets`.", autocompletion=data_names
        ),
    ],
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="BUNDLE", help="Of an export: the bundle it was made of.")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="BUNDLE", help="A simple network, such as late_ensemble: gives the effective robustness."),
    ] = None,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    records: Annotated[int | None, typer.Option(min=1, help="Measure on so many, drawn; all if left out.")] = None,
    attacks: Annotated[bool, typer.Option(help="Whether FGSM and PGD are tried, too, on the bundle's network.")] = True,
    seed: Annotated[int, typer.Option(help="Of the noise, the attacks and the draw of --records.")] = 0,
    out: Annotated[Path | None, typer.Option(metavar="PAGE", help="Write a page, such as page.html.")] = None,
    as_json: AsJson = False,
) -> Answer:
    """Measure a model under noise, attack and absence.

    Under growing noise on each modality, under small changes made to mislead it, and with modalities missing.

    Asked is the exported model, with raw records; of a bundle, one that is exported for the purpose and goes away.
    """
    export = model if (model / SAVED_MODEL).is_file() else None
    if export is not None and bundle is None:
        raise WrongUsageError(
            f"{model} is an export, which does not say of which kinds its inputs are: name the bundle it was made of "
            "with --bundle."
        )
    if export is None and bundle is not None:
        raise WrongUsageError(f"--bundle goes with an export, and {model} is none: it has no {SAVED_MODEL}.")
    source = bundle or model
    for folder in (source, *(() if baseline is None else (baseline,))):
        existing_bundle(folder)
    load_tensorflow()

    from multimodal_zoo.datasets import load_dataset
    from multimodal_zoo.explain import attack_curves, robustness_page
    from multimodal_zoo.training import load_bundle

    loaded = load_bundle(source)
    measured = drawn(load_dataset(data).split(split), records, seed)
    report = report_on(loaded, export, measured, seed)
    unreached: dict[str, str] = {}
    if attacks:
        curves, unreached = attack_curves(loaded, measured, seed=seed)
        report = dataclasses.replace(report, attacks=curves)
    rival = None
    if baseline is not None:
        rival = report_on(load_bundle(baseline), None, measured, seed)
    document = {
        "model": loaded.card.name,
        "data": data,
        "split": split,
        "records": len(measured),
        **document_of(report, rival),
        "not_attacked": unreached,
    }
    shown = tables(report, rival)
    shown += [Text(f"Not attacked: {name}. {reason}") for name, reason in unreached.items()]
    if out is not None:
        out.write_text(robustness_page(loaded.card.name, report, rival), encoding="utf-8")
        document["page"] = str(out)
        shown.append(Text(f"Page: {out}"))
    return Answer(document, shown)


def drawn(records: Records, most: int | None, seed: int) -> Records:
    """So many of the records, drawn by the seed, in their order; all where there are no more."""
    import numpy as np

    if most is None or most >= len(records):
        return records
    return records.take(np.sort(np.random.default_rng(seed).permutation(len(records))[:most]))


def report_on(bundle: Bundle, export: Path | None, records: Records, seed: int) -> RobustnessReport:
    """The report on an export; without one, on one that is made of the bundle."""
    from multimodal_zoo.explain import robustness_report
    from multimodal_zoo.export import export_bundle

    if export is not None:
        return robustness_report(export, bundle, records, seed=seed)
    with tempfile.TemporaryDirectory(prefix="multimodal-zoo-") as folder:
        return robustness_report(export_bundle(bundle, Path(folder) / "1"), bundle, records, seed=seed)


def effective(curve: NoiseCurve, baseline: RobustnessReport | None) -> float | None:
    """The effective robustness, where the baseline was measured under the same noise."""
    from multimodal_zoo.explain import effective_robustness

    beside = baseline.curve_like(curve) if baseline is not None else None
    return None if beside is None else effective_robustness(curve, beside)


def document_of(report: RobustnessReport, baseline: RobustnessReport | None) -> dict[str, Any]:
    """The report for programs, with the effective robustness of each curve where there is a baseline."""
    document = report.document()
    if baseline is not None:
        for told, curve in zip(document["curves"], report.curves, strict=True):
            told["effective_robustness"] = effective(curve, baseline)
        document["baseline"] = baseline.document()
    return document


def tables(report: RobustnessReport, baseline: RobustnessReport | None) -> list[RenderableType]:
    """The report for people."""
    shown: list[RenderableType] = [Text(f"{report.figure} without noise: {report.clean:.4f}")]
    columns = ["modality", "noise", f"{report.figure} from none to most", "relative robustness"]
    rows = [row_of(curve) for curve in report.curves]
    if baseline is not None:
        columns.append("effective robustness")
        rows = [[*row, effective(curve, baseline)] for row, curve in zip(rows, report.curves, strict=True)]
    shown.append(table_of(columns, rows))
    if report.attacks:
        names = ("modality", "attack", "epsilon", f"{report.figure} from none to most", "relative robustness")
        attacked = [[*row_of(one)[:2], [*one.levels], *row_of(one)[2:]] for one in report.attacks]
        shown.append(table_of(names, attacked))
    if report.missing:
        shown.append(table_of(("there", report.figure), list(report.missing.items())))
    return shown


def row_of(curve: NoiseCurve) -> list[Any]:
    """A curve as a row of a table."""
    figures: Sequence[float] = curve.figures
    return [curve.modality, curve.noise, list(figures), curve.relative_robustness]
