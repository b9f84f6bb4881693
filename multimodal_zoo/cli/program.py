"""The program itself: it calls a command, prints what comes back and gives the exit code.

Each command returns an `Answer`; `main` prints it as tables, or with `--json` as one JSON document on stdout.
Everything heavy is imported inside the commands, so that `--help` answers at once.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.bash_words import whole_words_for_bash
from multimodal_zoo.cli.calibrate import calibrate
from multimodal_zoo.cli.check import check
from multimodal_zoo.cli.compile import compile_command
from multimodal_zoo.cli.data_service import data_service
from multimodal_zoo.cli.datasets import datasets, download
from multimodal_zoo.cli.demo import demo
from multimodal_zoo.cli.distil import distil
from multimodal_zoo.cli.drift import drift
from multimodal_zoo.cli.evaluate import evaluate
from multimodal_zoo.cli.explain import explain
from multimodal_zoo.cli.export import export
from multimodal_zoo.cli.launch import launch
from multimodal_zoo.cli.models import list_command, show
from multimodal_zoo.cli.options import PROGRAM
from multimodal_zoo.cli.output import Answer, print_answer, print_failure, stdout_to_stderr
from multimodal_zoo.cli.predict import predict
from multimodal_zoo.cli.reproduce import reproduce
from multimodal_zoo.cli.robustness import robustness
from multimodal_zoo.cli.serving_folder import serving_folder
from multimodal_zoo.cli.shard import shard
from multimodal_zoo.cli.train import train
from multimodal_zoo.cli.tune import tune
from multimodal_zoo.quiet_start import debugging
from multimodal_zoo.unknown_name import UnknownName

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

# What the same command does after an interruption.
RESUMES = {
    "train": " The same command goes on from the last checkpoint.",
    "tune": " The same command goes on behind the trials that have ended.",
    "distil": " The same command goes on from the last checkpoint.",
    "launch": " The same command goes on from the last checkpoint.",
    "shard": " The same command writes the shards that are missing.",
}

# The base of every error of the parser; Typer gives it no public name.
ParserError: Any = typer.BadParameter.__mro__[1]

app = typer.Typer(
    help="Named multimodal networks, from raw records to what is served.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list")(list_command)
app.command()(show)
app.command()(datasets)
app.command()(download)
app.command()(shard)
app.command()(train)
app.command()(tune)
app.command()(launch)
app.command("data-service")(data_service)
app.command("compile")(compile_command)
app.command()(distil)
app.command()(evaluate)
app.command()(calibrate)
app.command()(robustness)
app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    epilog="Text is given as it is, or as @FILE (@@ for a text that begins with @). Lists: values separated "
    "by commas, or the option repeated. Images and sounds are files. A modality that is left out is absent.",
)(predict)
app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    epilog="The record is given as to `predict`.",
)(explain)
app.command()(demo)
app.command()(export)
app.command()(reproduce)
app.command()(drift)
app.command()(check)
app.command("serving-folder")(serving_folder)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Named multimodal networks, from raw records to what is served."""
    if show_version:
        print(version("multimodal-zoo"))
        raise typer.Exit(DONE)
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(WRONG_USAGE)


def explain_failure(error: Exception) -> tuple[str, int]:
    """One line for people and the exit code of an error."""
    if isinstance(error, ParserError):
        context = error.ctx.command_path if error.ctx is not None else PROGRAM
        return f"{error.format_message().rstrip('.')}. See `{context} --help`.", WRONG_USAGE
    if isinstance(error, WrongUsageError):
        return str(error), WRONG_USAGE
    message = " ".join(str(error).split()) or type(error).__name__
    return message, WRONG_USAGE if isinstance(error, UnknownName) else FAILED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: the words after `multimodal-zoo`; None takes them from the process.

    Returns:
        0 done, 1 failed, 2 wrong usage, 130 interrupted. With `--json` a failure, too, is one document on
        stdout: `{"error": message, "exit_code": code}`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    # What stands behind -- is no option of this command.
    as_json = "--json" in words[: words.index("--") if "--" in words else None]
    try:
        with whole_words_for_bash(), stdout_to_stderr() if as_json else contextlib.nullcontext():
            # An Answer, or the exit code of a command that ended early (--help, Ctrl-C).
            outcome = app(words, prog_name=PROGRAM, standalone_mode=False)
    except Exception as error:
        if debugging():
            traceback.print_exc()
        message, code = explain_failure(error)
        print_failure(message, code, as_json)
        return code
    if isinstance(outcome, Answer):
        print_answer(outcome, as_json)
        if outcome.failure:
            print(f"Error: {outcome.failure}", file=sys.stderr)
            return FAILED
        return DONE
    if outcome == INTERRUPTED:
        hint = RESUMES.get(words[0] if words else "", "")
        print(f"Interrupted.{hint}", file=sys.stderr)
    return outcome or DONE
