"""`evaluate`: a bundle on a split of a data set."""

from __future__ import annotations

from typing import Annotated

import typer

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.data_source import data_of
from multimodal_zoo.cli.options import AsJson, BundleFolder, DataName, existing_bundle
from multimodal_zoo.cli.output import Answer, figures_table
from multimodal_zoo.quiet_start import load_tensorflow
from multimodal_zoo.unknown_name import UnknownName


def evaluate(
    bundle: BundleFolder,
    data: DataName,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="MODALITY", help="Leave a modality out; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> Answer:
    """Measure a bundle on a split of a data set.

    With all modalities present, or some left out.
    """
    existing_bundle(bundle)
    load_tensorflow()

    from multimodal_zoo import training

    loaded = training.load_bundle(bundle)
    left_out = tuple(dict.fromkeys(without or ()))
    for name in left_out:
        if name not in loaded.modalities:
            raise UnknownName("modality", name, loaded.modalities)
    if len(left_out) == len(loaded.modalities):
        raise WrongUsageError(f"--without leaves nothing to look at: the bundle reads {', '.join(loaded.modalities)}.")
    records = data_of(data).split(split)
    figures = training.evaluate(loaded, records, without=left_out)
    document = {
        "bundle": str(bundle),
        "model": loaded.card.name,
        "data": data,
        "split": split,
        "without": list(left_out),
        "records": len(records),
        "metrics": figures,
    }
    title = f"{data}, {split}, {len(records)} records" + (f", without {', '.join(left_out)}" if left_out else "")
    return Answer(document, [figures_table({title: figures})])
