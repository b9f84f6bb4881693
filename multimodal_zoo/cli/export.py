"""`export`: the SavedModel of a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.options import AsJson, BundleFolder, existing_bundle
from multimodal_zoo.cli.output import Answer
from multimodal_zoo.quiet_start import load_tensorflow


def export(
    bundle: BundleFolder,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Such as saved_models/NAME/1.")],
    warm_up: Annotated[
        str | None,
        typer.Option(
            "--warm-up",
            metavar="DATASET",
            help="NAME or NAME:PROTOCOL: store records of its test split in the export, as warm-up requests for "
            "TensorFlow Serving and to be replayed by `check`. Whoever gets the export can read them.",
        ),
    ] = None,
    warm_up_records: Annotated[
        int | None, typer.Option(min=1, max=1000, help="How many records --warm-up stores; 8 if not given.")
    ] = None,
    as_json: AsJson = False,
) -> Answer:
    """Write the SavedModel of a bundle: raw bytes and strings in, labelled predictions out."""
    existing_bundle(bundle)
    if warm_up_records is not None and warm_up is None:
        raise WrongUsageError("--warm-up-records says how many records of a data set: name it with --warm-up DATASET.")
    load_tensorflow()

    from multimodal_zoo.datasets import load_dataset
    from multimodal_zoo.export import export_bundle
    from multimodal_zoo.training import load_bundle

    loaded = load_bundle(bundle)
    records = []
    if warm_up is not None:
        split = load_dataset(warm_up).split("test")
        shared = [name for name in loaded.modalities if name in split.columns]
        if not shared:
            raise WrongUsageError(
                f"{warm_up} has nothing that the bundle reads: {', '.join(loaded.modalities)} was expected, it has "
                f"{', '.join(split.columns)}."
            )
        for row in range(min(warm_up_records or 8, len(split))):
            record, _ = split[row]
            records.append({name: record[name] for name in shared})
    written = export_bundle(loaded, to, warm_up=records)
    document = {"bundle": str(bundle), "saved_model": str(written), "warm_up_records": len(records)}
    stored = [Text(f"{len(records)} records of {warm_up} are stored in it.")] if records else []
    return Answer(document, [Text(f"SavedModel: {written}"), *stored])
