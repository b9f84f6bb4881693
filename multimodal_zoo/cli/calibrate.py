"""`calibrate`: temperatures that make a bundle as sure as it is right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from multimodal_zoo.cli.data_source import data_of
from multimodal_zoo.cli.options import AsJson, BundleFolder, DataName, existing_bundle
from multimodal_zoo.cli.output import Answer, table_of
from multimodal_zoo.quiet_start import load_tensorflow


def calibrate(
    bundle: BundleFolder,
    data: DataName,
    out: Annotated[
        Path | None, typer.Option(metavar="BUNDLE", help="Where the calibrated bundle goes; in its place if left out.")
    ] = None,
    as_json: AsJson = False,
) -> Answer:
    """Make probabilities as sure as they are right.

    Fits temperatures on the validation split, one for each subset of the modalities, and judges them on the test split.
    The bundle is written anew; exported, its probabilities are calibrated inside the graph.
    """
    existing_bundle(bundle)
    load_tensorflow()

    from multimodal_zoo.explain import calibrate as fit_temperatures
    from multimodal_zoo.explain import judge_calibration
    from multimodal_zoo.training import load_bundle

    splits = data_of(data)
    fitted = fit_temperatures(load_bundle(bundle), splits.split("validation"))
    for there, judged in judge_calibration(fitted, splits.split("test")).items():
        fitted.calibration[there]["test"] = judged
    written = fitted.save(out or bundle)
    document = {
        "bundle": str(written),
        "model": fitted.card.name,
        "data": data,
        "calibration": fitted.calibration,
    }
    rows = [
        [there, one["temperature"], *(one["test"][when]["ece"] for when in ("before", "after")), one["test"]["records"]]
        for there, one in fitted.calibration.items()
    ]
    columns = ("there", "temperature", "calibration error before", "after", "test records")
    return Answer(document, [table_of(columns, rows), Text(f"Bundle: {written}")])
