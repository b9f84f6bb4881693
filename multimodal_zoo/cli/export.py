"""`export`: the SavedModel of a bundle, or its network in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.export_format import export_format
from multimodal_zoo.cli.options import AsJson, BundleFolder, existing_bundle
from multimodal_zoo.cli.output import Answer, load_tensorflow


def export(
    bundle: BundleFolder,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Such as saved_models/NAME/1.")],
    format: Annotated[str | None, typer.Option(help="litert, onnx or openvino: the network alone, static.")] = None,
    quantize: Annotated[str | None, typer.Option(help="With --format: dynamic_range, float16 or int8.")] = None,
    data: Annotated[
        str | None, typer.Option(metavar="DATASET", help="With --format: what it is checked on, NAME or NAME:PROTOCOL.")
    ] = None,
    split: Annotated[str, typer.Option(help="With --format: test or validation.")] = "test",
    tolerance: Annotated[
        float, typer.Option(min=0, help="With --format: how far the main figure (AUC, accuracy, R2) may fall.")
    ] = 0.01,
    as_json: AsJson = False,
) -> Answer:
    """Write the SavedModel of a bundle (raw bytes and strings in, labelled predictions out), or another format."""
    existing_bundle(bundle)
    if format is not None:
        return export_format(bundle, to, format, quantize, data, split, tolerance)
    if quantize is not None or data is not None:
        raise WrongUsageError("--quantize and --data go with --format; a SavedModel is written in floats.")
    load_tensorflow()

    from multimodal_zoo.export import export_bundle
    from multimodal_zoo.training import load_bundle

    written = export_bundle(load_bundle(bundle), to)
    return Answer({"bundle": str(bundle), "saved_model": str(written)}, [Text(f"SavedModel: {written}")])
