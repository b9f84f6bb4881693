"""`check`: whether an exported model may be served."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.options import AsJson
from multimodal_zoo.cli.output import Answer, table_of
from multimodal_zoo.quiet_start import load_tensorflow


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An exported version, such as saved_models/NAME/2.")],
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="PREVIOUS_DIR",
            help="The version whose signatures have to be kept; by default the next lower one beside DIR.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> Answer:
    """Decide whether an exported model may be served.

    Exit 1 with the reasons if not. Checked are its files, variables, operations and signatures, and that it answers the
    requests stored with it as it did when it was written.
    """
    load_tensorflow()

    from multimodal_zoo.export.check import NothingToCheckError, check_artefact

    try:
        report = check_artefact(folder, against)
    except NothingToCheckError as error:
        raise WrongUsageError(str(error)) from None
    rows = [[one.name, str(one.outcome), one.reason] for one in report.checks]
    failure = None
    if not report.passed:
        reasons = " ".join(f"{one.name}: {one.reason}" for one in report.failures)
        failure = f"{folder} is refused. {reasons}"
    verdict = Text(f"{folder} {'may be served' if report.passed else 'is refused'}.")
    return Answer(report.document(), [table_of(("check", "outcome", "reason"), rows), verdict], failure)
