"""`drift`: how far logged requests, or a data set, are from the inputs of the training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.completion import data_names
from multimodal_zoo.cli.options import AsJson, BundleFolder, existing_bundle
from multimodal_zoo.cli.output import Answer, table_of
from multimodal_zoo.quiet_start import load_tensorflow


def drift(
    bundle: BundleFolder,
    requests: Annotated[
        list[Path] | None,
        typer.Option(
            "--requests",
            metavar="FILE",
            help="Logged requests: .jsonl of REST bodies, or TFRecords of PredictionLog; may be repeated.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="DATASET",
            help="Instead: NAME or NAME:PROTOCOL, see `datasets`.",
            autocompletion=data_names,
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="Of the data set: train, validation or test.")] = "test",
    limit: Annotated[float, typer.Option(min=0.0, help="Exit 1 when a modality drifted further than this.")] = 0.2,
    prometheus: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the gauge that the alerts of `serving-folder` read.")
    ] = None,
    as_json: AsJson = False,
) -> Answer:
    """Compare inputs with those of the training.

    By the population stability index of each modality. Below 0.1 is usually read as no change, above 0.25 as a large
    one.
    """
    existing_bundle(bundle)
    if (data is None) == (not requests):
        raise WrongUsageError("Give either --requests FILE (may be repeated) or --data DATASET.")
    load_tensorflow()

    from multimodal_zoo.datasets import load_dataset
    from multimodal_zoo.monitoring import input_drift, prometheus_text, read_requests
    from multimodal_zoo.training import load_bundle, raw_records

    loaded = load_bundle(bundle)
    if data is not None:
        batches = raw_records(load_dataset(data).split(split), loaded.modalities)
    else:
        batches = read_requests(requests or [], loaded.modalities)
    found = input_drift(loaded.modalities, loaded.inputs, batches)
    if prometheus is not None:
        # Whole or not at all: the collector may read at any time.
        beside = prometheus.with_name(f"{prometheus.name}.new")
        beside.write_text(prometheus_text(loaded.card.name, found), encoding="utf-8")
        beside.replace(prometheus)
    rows = [
        [name, f"{one['drift']:.3f}", one["measure"], one["records"], further(one["measures"], one["measure"])]
        for name, one in found.items()
    ]
    beyond = {name: one for name, one in found.items() if one["drift"] > limit}
    failure = None
    if beyond:
        told = ", ".join(f"{name} ({one['measure']} {one['drift']:.2f})" for name, one in beyond.items())
        failure = f"The inputs are unlike those of the training, beyond --limit {limit}: {told}."
    document = {"bundle": str(bundle), "model": loaded.card.name, "limit": limit, "modalities": found}
    return Answer(document, [table_of(("modality", "drift", "by its", "records", "others"), rows)], failure)


def further(measures: dict[str, float], worst: str) -> str:
    """The other measures, in few words."""
    return ", ".join(f"{name} {value:.3f}" for name, value in measures.items() if name != worst)
