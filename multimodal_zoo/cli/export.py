"""`export`: the SavedModel of a bundle, or its network in another format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.completion import data_names
from multimodal_zoo.cli.export_format import export_format
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
            autocompletion=data_names,
        ),
    ] = None,
    warm_up_records: Annotated[
        int | None, typer.Option(min=1, max=1000, help="How many records --warm-up stores; 8 if not given.")
    ] = None,
    in_graph_batching: Annotated[
        bool, typer.Option("--in-graph-batching", help="Put simultaneous requests together inside the graph.")
    ] = False,
    beam_width: Annotated[
        int | None,
        typer.Option(
            min=1, help="Of the search for a text: 1 is greedy; if not given, 16 for a transcript, 3 for a caption."
        ),
    ] = None,
    format: Annotated[str | None, typer.Option(help="litert, onnx or openvino: the network alone, static.")] = None,
    quantize: Annotated[str | None, typer.Option(help="With --format: dynamic_range, float16 or int8.")] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DATASET",
            help="With --format: what it is checked on, NAME or NAME:PROTOCOL.",
            autocompletion=data_names,
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="With --format: test or validation.")] = "test",
    tolerance: Annotated[
        float, typer.Option(min=0, help="With --format: how far the main figure (AUC, accuracy, R2) may fall.")
    ] = 0.01,
    as_json: AsJson = False,
) -> Answer:
    """Write the SavedModel of a bundle, or another format.

    The SavedModel takes raw bytes and strings and gives labelled predictions.
    """
    existing_bundle(bundle)
    if warm_up_records is not None and warm_up is None:
        raise WrongUsageError("--warm-up-records says how many records of a data set: name it with --warm-up DATASET.")
    if format is not None:
        if warm_up is not None or in_graph_batching or beam_width is not None:
            raise WrongUsageError(
                "--warm-up, --in-graph-batching and --beam-width are for the SavedModel: they go without --format."
            )
        return export_format(bundle, to, format, quantize, data, split, tolerance)
    if quantize is not None or data is not None:
        raise WrongUsageError("--quantize and --data go with --format; a SavedModel is written in floats.")
    load_tensorflow()

    from multimodal_zoo.export import InGraphBatching, export_bundle
    from multimodal_zoo.tasks import task_named
    from multimodal_zoo.training import load_bundle

    loaded = load_bundle(bundle)
    records = [] if warm_up is None else first_records(warm_up, warm_up_records or 8, loaded.modalities)
    if beam_width is not None and task_named(loaded.card.task).beam_width is None:
        raise WrongUsageError(f"--beam-width is for networks that write text; {loaded.card.name} does not.")
    batching = InGraphBatching() if in_graph_batching else None
    written = export_bundle(loaded, to, warm_up=records, in_graph_batching=batching, beam_width=beam_width)
    document = {"bundle": str(bundle), "saved_model": str(written), "warm_up_records": len(records)}
    stored = [Text(f"{len(records)} records of {warm_up} are stored in it.")] if records else []
    return Answer(document, [Text(f"SavedModel: {written}"), *stored])


def first_records(data: str, count: int, modalities: Iterable[str]) -> list[dict[str, Any]]:
    """Records of the test split of a data set, as far as the modalities have them."""
    from multimodal_zoo.datasets import load_dataset

    split = load_dataset(data).split("test")
    shared = [name for name in modalities if name in split.columns]
    if not shared:
        raise WrongUsageError(
            f"{data} has nothing that the bundle reads: {', '.join(modalities)} was expected, it has "
            f"{', '.join(split.columns)}."
        )
    return [{name: split[row][0][name] for name in shared} for row in range(min(count, len(split)))]
