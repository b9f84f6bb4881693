"""`export`: the SavedModel of a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from multimodal_zoo.cli.options import AsJson, BundleFolder, existing_bundle
from multimodal_zoo.cli.output import Answer, load_tensorflow


def export(
    bundle: BundleFolder,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Such as saved_models/NAME/1.")],
    in_graph_batching: Annotated[
        bool, typer.Option("--in-graph-batching", help="Put simultaneous requests together inside the graph.")
    ] = False,
    as_json: AsJson = False,
) -> Answer:
    """Write the SavedModel of a bundle: raw bytes and strings in, labelled predictions out."""
    existing_bundle(bundle)
    load_tensorflow()

    from multimodal_zoo.export import InGraphBatching, export_bundle
    from multimodal_zoo.training import load_bundle

    batching = InGraphBatching() if in_graph_batching else None
    written = export_bundle(load_bundle(bundle), to, in_graph_batching=batching)
    return Answer({"bundle": str(bundle), "saved_model": str(written)}, [Text(f"SavedModel: {written}")])
