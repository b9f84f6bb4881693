"""What `export --format` does: the network of a bundle in another format, checked on real records."""

from __future__ import annotations

from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.output import Answer, table_of
from multimodal_zoo.quiet_start import load_tensorflow


def export_format(
    bundle: Path, to: Path, format: str, quantize: str | None, data: str | None, split: str, tolerance: float
) -> Answer:
    """Write the network in `format`; a gate that is not passed is a failure that shows its figures."""
    if data is None:
        raise WrongUsageError(f"--format {format} needs --data: what is written is checked on real records.")
    load_tensorflow()

    from multimodal_zoo.datasets import load_dataset
    from multimodal_zoo.export.formats import AccuracyLost, export_trunk
    from multimodal_zoo.export.formats.known_formats import known_format

    known_format(format, quantize)
    written: str | None = str(to)
    failure = None
    try:
        report = export_trunk(
            bundle, to, format, data=load_dataset(data), quantize=quantize, split=split, tolerance=tolerance
        )
    except AccuracyLost as error:
        report, written, failure = error.report, None, str(error)
    document = {"bundle": str(bundle), "written": written, **report}
    kinds = ("float", "converted")
    rows = [[name, *(report[kind][name] for kind in kinds)] for name in report["float"]]
    shown: list[RenderableType] = [table_of(("", *kinds), rows)]
    if written:
        shown.append(Text(f"{format}: {written}"))
    return Answer(document, shown, failure)
