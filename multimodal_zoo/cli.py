"""The `multimodal-zoo` command: it parses, calls the library and prints what comes back.

Each command returns an `Answer`; `main` prints it as tables, or with `--json` as one JSON document on stdout.
Everything heavy is imported inside the commands, so that `--help` answers at once.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from multimodal_zoo.cli_arguments import WrongUsageError, builder_settings, has_content, record_from_options
from multimodal_zoo.cli_output import (
    Answer,
    cell_text,
    debugging,
    figures_table,
    load_tensorflow,
    plain,
    prediction_table,
    print_answer,
    print_failure,
    stdout_to_stderr,
    table_of,
)
from multimodal_zoo.unknown_name import UnknownName

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
PROGRAM = "multimodal-zoo"
SHOWN_OF_A_CARD = ("name", "task", "modalities", "paper", "description")

# The base of every error of the parser; Typer gives it no public name.
ParserError = typer.BadParameter.__mro__[1]

app = typer.Typer(
    help="Named multimodal networks: list, train, evaluate, query and export them.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else on stdout.")]
BundleFolder = Annotated[Path, typer.Argument(metavar="BUNDLE", help="A folder that `train` wrote.")]
DataName = Annotated[str, typer.Option("--data", metavar="DATASET", help="NAME or NAME:PROTOCOL, see `datasets`.")]


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Named multimodal networks: list, train, evaluate, query and export them."""
    if show_version:
        print(version("multimodal-zoo"))
        raise typer.Exit(DONE)
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(WRONG_USAGE)


@app.command("list")
def list_command(
    pattern: Annotated[str, typer.Argument(help="A shell pattern such as '*diagnosis*'.")] = "*",
    task: Annotated[str | None, typer.Option(help="Only models of this task.")] = None,
    as_json: AsJson = False,
) -> Answer:
    """List the models."""
    zoo = registered_models()
    cards = [dataclasses.asdict(zoo.model_card(name)) for name in zoo.list_models(pattern, task)]
    if not cards:
        return Answer([], [Text(f"No model matches {pattern!r}{f' with task {task!r}' if task else ''}.")])
    rows = [[card[column] for column in SHOWN_OF_A_CARD] for card in cards]
    return Answer(cards, [table_of(SHOWN_OF_A_CARD, rows)])


@app.command()
def show(name: Annotated[str, typer.Argument(metavar="NAME")], as_json: AsJson = False) -> Answer:
    """Show a model: its card, the arguments of its builder, its inputs and signatures."""
    zoo = registered_models()
    card = dataclasses.asdict(zoo.model_card(name))
    arguments = zoo.builder_arguments(name)
    model = zoo.create_model(name)

    from multimodal_zoo.export import SIGNATURES

    inputs = {key: {"shape": list(one.shape), "dtype": str(one.dtype)} for key, one in model.input.items()}
    document = {
        **card,
        "arguments": {key: plain(value) for key, value in arguments.items()},
        "inputs": inputs,
        "signatures": list(SIGNATURES),
        "parameters": model.count_params(),
    }
    facts = {**{key: card[key] for key in SHOWN_OF_A_CARD}, "parameters": f"{model.count_params():,}"}
    shapes = [[key, f"(batch, {cell_text(one['shape'][1:])})", one["dtype"]] for key, one in inputs.items()]
    return Answer(
        document,
        [
            table_of(("card", ""), list(facts.items())),
            table_of(("argument", "default"), [[key, repr(value)] for key, value in arguments.items()]),
            table_of(("input", "shape", "type"), shapes),
            Text(f"Signatures when exported: {', '.join(SIGNATURES)}"),
        ],
    )


@app.command()
def datasets(as_json: AsJson = False) -> Answer:
    """List the data sets, their protocols and licences, and where each was found."""
    load_tensorflow()

    from multimodal_zoo.datasets import dataset_card, find_dataset, list_datasets

    rows = []
    for name in list_datasets():
        card = dataset_card(name)
        found = find_dataset(name)
        rows.append(
            {
                "name": name,
                "title": card.title,
                "task": card.task,
                "protocols": dict(card.protocols),
                "licence": card.licence,
                "source": card.source,
                "synthetic": card.synthetic,
                "found": str(found) if found else None,
            }
        )
    shown = [
        [
            row["name"],
            row["title"],
            row["task"],
            list(row["protocols"]),
            row["licence"],
            "built in" if row["synthetic"] else row["found"] or f"not here: {PROGRAM} download {row['name']}",
        ]
        for row in rows
    ]
    return Answer(rows, [table_of(("name", "title", "task", "protocols", "licence", "where"), shown)])


@app.command()
def download(name: Annotated[str, typer.Argument(metavar="DATASET")], as_json: AsJson = False) -> Answer:
    """Download a data set into the cache folder."""
    load_tensorflow()

    from multimodal_zoo.datasets import fetch_dataset

    folder = fetch_dataset(name)
    shown = f"{name}: {folder if folder else 'built in, it needs no files'}"
    return Answer({"name": name, "folder": str(folder) if folder else None}, [Text(shown)])


@app.command()
def train(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model, see `list`.")],
    data: DataName,
    out: Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="Where the trained bundle goes.")],
    epochs: Annotated[int | None, typer.Option(min=1, help="Most passes over the training split.")] = None,
    seed: Annotated[int, typer.Option(help="Of the weights, the order of the records and the augmentation.")] = 0,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Records per step, over all replicas.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Of Adam; greater than 0.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An argument of the builder, see `show`."),
    ] = None,
    strategy: Annotated[str, typer.Option(help="auto, cpu or mirrored.")] = "auto",
    as_json: AsJson = False,
) -> Answer:
    """Train a model on a data set and write a bundle. The same command after an interruption resumes."""
    arguments = builder_settings(name, set_ or [], registered_models().builder_arguments(name))
    if learning_rate is not None and not learning_rate > 0:
        raise WrongUsageError(f"--learning-rate has to be greater than 0, got {learning_rate}.")

    from multimodal_zoo.datasets import load_dataset
    from multimodal_zoo.training import strategies, train_named

    # Before the data: two logical CPUs can only be asked for while TensorFlow has not started yet.
    strategies.resolve(strategy)
    bundle = train_named(
        name,
        load_dataset(data),
        out,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        arguments=arguments,
        strategy=strategy,
        verbose=1,
    )
    document = {"model": name, "data": data, "bundle": str(out), "metrics": bundle.metrics}
    splits = {split: bundle.metrics[split] for split in ("validation", "test", "constant") if split in bundle.metrics}
    shown: list[RenderableType] = [figures_table(splits)]
    if bundle.metrics.get("data", {}).get("synthetic"):
        shown.append(Text("SYNTHETIC data: these figures say nothing about the real world."))
    failure = None
    if bundle.metrics.get("beats_constant") is False:
        failure = (
            f"{name} is no better here than a constant answer: it learned nothing. Train longer (--epochs) or with "
            f"another --learning-rate. The bundle is in {out}."
        )
    return Answer(document, [*shown, Text(f"Bundle: {out}")], failure)


@app.command()
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
    """Measure a bundle on a split of a data set, all modalities present or some left out."""
    existing_bundle(bundle)
    load_tensorflow()

    from multimodal_zoo import training
    from multimodal_zoo.datasets import load_dataset

    loaded = training.load_bundle(bundle)
    left_out = tuple(dict.fromkeys(without or ()))
    for name in left_out:
        if name not in loaded.modalities:
            raise UnknownName("modality", name, loaded.modalities)
    if len(left_out) == len(loaded.modalities):
        raise WrongUsageError(f"--without leaves nothing to look at: the bundle reads {', '.join(loaded.modalities)}.")
    records = load_dataset(data).split(split)
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


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    epilog="Text is given as it is, or as @FILE (@@ for a text that begins with @). Lists: values separated "
    "by commas, or the option repeated. Images and sounds are files. A modality that is left out is absent.",
)
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


@app.command()
def export(
    bundle: BundleFolder,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Such as saved_models/NAME/1.")],
    as_json: AsJson = False,
) -> Answer:
    """Write the SavedModel of a bundle: raw bytes and strings in, labelled predictions out."""
    existing_bundle(bundle)
    load_tensorflow()

    from multimodal_zoo.export import export_bundle
    from multimodal_zoo.training import load_bundle

    written = export_bundle(load_bundle(bundle), to)
    return Answer({"bundle": str(bundle), "saved_model": str(written)}, [Text(f"SavedModel: {written}")])


def registered_models() -> ModuleType:
    """The registry, once every model of the package is in it."""
    load_tensorflow()
    import multimodal_zoo.models  # noqa: F401
    from multimodal_zoo import registry

    return registry


def existing_bundle(folder: Path) -> None:
    """Refuse a path where nothing is. What is there but no bundle is told by the library."""
    if str(folder).startswith("-"):
        raise WrongUsageError(f"The bundle comes first, before the options; got {str(folder)!r} in its place.")
    if not folder.exists():
        raise WrongUsageError(f"There is no bundle at {folder}. Train one with `{PROGRAM} train`.")


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
    as_json = "--json" in words
    try:
        with stdout_to_stderr() if as_json else contextlib.nullcontext():
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
        hint = " The same command resumes after the last finished epoch." if words[:1] == ["train"] else ""
        print(f"Interrupted.{hint}", file=sys.stderr)
    return outcome or DONE
