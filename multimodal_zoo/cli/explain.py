"""`explain`: what a bundle's answer to one raw record is made of."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from multimodal_zoo.cli.options import AsJson, BundleFolder, existing_bundle
from multimodal_zoo.cli.output import Answer, prediction_table, table_of
from multimodal_zoo.cli.predict import record_asked_for
from multimodal_zoo.quiet_start import load_tensorflow

# Of each modality, the parts that count most.
SHOWN_PARTS = 5


def explain(
    context: typer.Context,
    bundle: BundleFolder,
    out: Annotated[
        Path | None, typer.Option(metavar="PAGE", help="Write a page to look at, such as page.html.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="The class or figure to explain; the most probable one if left out.")
    ] = None,
    as_json: AsJson = False,
) -> Answer:
    """Explain the answer to one raw record.

    `explain BUNDLE --image x.jpg --report "free text" --out page.html`. What each modality contributed, and each
    region, word, moment and field. The other options are the modalities that the bundle reads.
    """
    existing_bundle(bundle)
    load_tensorflow()

    from multimodal_zoo.explain import explain_record, explanation_page
    from multimodal_zoo.training import bundle_modalities, load_bundle

    record = record_asked_for(context.args, bundle_modalities(bundle))
    explanation = explain_record(load_bundle(bundle), record, target=target)
    document = explanation.document()
    shown: list[RenderableType] = [prediction_table(explanation.prediction)]
    if explanation.shares is not None:
        shown.append(table_of(("modality", "contribution"), list(explanation.shares.by_modality.items())))
    rows = [
        [name, part, value]
        for name, parts in explanation.parts.items()
        for part, value in sorted(parts, key=lambda pair: -abs(pair[1]))[:SHOWN_PARTS]
    ]
    shown.append(table_of(("modality", "part", f"adds to {document['target']}"), rows))
    if out is not None:
        out.write_text(explanation_page(explanation), encoding="utf-8")
        document["page"] = str(out)
        shown.append(Text(f"Page: {out}"))
        print(f"{out} holds the record's own pictures and words.", file=sys.stderr)
    return Answer(document, shown)
