"""`shard`: a data set, or files of rows, as TFRecord files that a training reads while it runs."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from multimodal_zoo.cli.arguments import WrongUsageError
from multimodal_zoo.cli.completion import data_names
from multimodal_zoo.cli.options import PROGRAM, AsJson
from multimodal_zoo.cli.output import Answer, table_of
from multimodal_zoo.quiet_start import load_tensorflow

if TYPE_CHECKING:
    from multimodal_zoo.shards import Shard


def shard(
    data: Annotated[
        list[str],
        typer.Argument(metavar="DATA", help="NAME or NAME:PROTOCOL; with --schema, files.", autocompletion=data_names),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the shards and their index go.")],
    schema: Annotated[
        Path | None, typer.Option(help="What the columns of CSV, JSONL or Parquet files mean, as JSON.")
    ] = None,
    records_per_shard: Annotated[int | None, typer.Option(min=1, help="Most records of a file; 4096.")] = None,
    shards: Annotated[int | None, typer.Option(min=1, help="Files of each split instead.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that write.")] = None,
    seed: Annotated[int | None, typer.Option(help="Shuffle each split of a data set before it is cut.")] = None,
    beam: Annotated[
        str | None,
        typer.Option(metavar="OPTIONS", help="Write by Apache Beam, with its options: '--runner=FlinkRunner ...'."),
    ] = None,
    as_json: AsJson = False,
) -> Answer:
    """Write a data set, or files of rows, as shards.

    The same command after an interruption goes on.
    """
    load_tensorflow()

    from multimodal_zoo.datasets import load_dataset
    from multimodal_zoo.shards import read_tables, write_shards, write_shards_by_beam

    if schema is None and len(data) > 1:
        raise WrongUsageError("Files of rows need --schema; of data sets, name one.")
    if beam is not None and workers is not None:
        raise WrongUsageError("--workers is of this machine; Beam's own are chosen by --beam OPTIONS.")
    source = load_dataset(data[0]) if schema is None else read_tables(data, schema)
    cut: dict[str, Any] = {"records_per_shard": records_per_shard, "shards": shards, "seed": seed}
    if beam is not None:
        index = write_shards_by_beam(source, out, options=shlex.split(beam), **cut)
    else:
        with WritingProgress(source.card.name) as progress:
            index = write_shards(source, out, workers=workers, progress=progress.advance, **cut)
    rows = [
        [split, len(files), index.records(split), sum(one.bytes for one in files)]
        for split, files in index.splits.items()
    ]
    document = {
        "data": f"{index.card.name}:{index.protocol}",
        "folder": str(out),
        "splits": {split: {"shards": files, "records": count, "bytes": size} for split, files, count, size in rows},
    }
    hint = Text(f"Shards: {out}. Train on them with `{PROGRAM} train NAME --data {out} --out BUNDLE`.")
    return Answer(document, [table_of(("split", "shards", "records", "bytes"), rows), hint])


class WritingProgress:
    """A bar of the shards that are written, on stderr so that stdout stays for results."""

    def __init__(self, title: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task(title, total=None)

    def __enter__(self) -> WritingProgress:
        self.bar.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.bar.stop()

    def advance(self, shard: Shard, shards: int) -> None:
        """One shard more is finished."""
        self.bar.update(self.task, total=shards, advance=1)
