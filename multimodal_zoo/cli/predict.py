"""`predict`: one raw record through a bundle."""

from __future__ import annotations

import sys

import typer

from multimodal_zoo.cli.arguments import WrongUsageError, has_content, record_from_options
from multimodal_zoo.cli.options import AsJson, BundleFolder, existing_bundle
from multimodal_zoo.cli.output import Answer, prediction_table
from multimodal_zoo.quiet_start import load_tensorflow


def predict(context: typer.Context, bundle: BundleFolder, as_json: AsJson = False) -> Answer:
    """Answer one raw record: `predict BUNDLE --image x.jpg --report "free text"`.

    The options are the modalities that the bundle reads.
    """
    existing_bundle(bundle)
    load_tensorflow()

    from multimodal_zoo.training import bundle_modalities, load_bundle, predict_record

    modalities = bundle_modalities(bundle)
    record = record_from_options(context.args, modalities)
    for name, value in record.items():
        if value in ("", b""):
            print(f"--{name} is empty: it counts as absent.", file=sys.stderr)
    if not any(has_content(value) for value in record.values()):
        options = ", ".join(f"--{name}" for name in modalities)
        raise WrongUsageError(f"There is nothing to answer: give at least one of {options}.")
    answer = predict_record(load_bundle(bundle), record)
    return Answer(answer, [prediction_table(answer)])
