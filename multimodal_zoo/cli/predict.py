"""`predict`: one raw record through a bundle."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from multimodal_zoo.cli.arguments import WrongUsageError, has_content, record_from_options
from multimodal_zoo.cli.options import AsJson, BundleFolder, existing_bundle
from multimodal_zoo.cli.output import Answer, prediction_table
from multimodal_zoo.quiet_start import load_tensorflow

if TYPE_CHECKING:
    from multimodal_zoo.modalities import Modality


def predict(context: typer.Context, bundle: BundleFolder, as_json: AsJson = False) -> Answer:
    """Answer one raw record.

    `predict BUNDLE --image x.jpg --report "free text"`. The options are the modalities that the bundle reads.
    """
    existing_bundle(bundle)
    load_tensorflow()

    from multimodal_zoo.training import bundle_modalities, load_bundle, predict_record

    record = record_asked_for(context.args, bundle_modalities(bundle))
    answer = predict_record(load_bundle(bundle), record)
    return Answer(answer, [prediction_table(answer)])


def record_asked_for(words: Sequence[str], modalities: Mapping[str, Modality]) -> dict[str, Any]:
    """The record that options named after the modalities describe; nothing at all is wrong usage."""
    record = record_from_options(words, modalities)
    for name, value in record.items():
        if value in ("", b""):
            print(f"--{name} is empty: it counts as absent.", file=sys.stderr)
    if not any(has_content(value) for value in record.values()):
        options = ", ".join(f"--{name}" for name in modalities)
        raise WrongUsageError(f"There is nothing to answer: give at least one of {options}.")
    return record
