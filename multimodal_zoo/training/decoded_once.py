"""Records of shards that are decoded one time and kept on disk as rows, for the epochs to read."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from multimodal_zoo import __version__
from multimodal_zoo.shards.row_file import RowFile
from multimodal_zoo.shards.shard_index import modalities_to_json
from multimodal_zoo.shards.shard_job import sha256_of
from multimodal_zoo.training.pipeline import CHUNK_NUMBERS, Prepared, as_it_stands, quiet
from multimodal_zoo.training.resume import DECODED
from multimodal_zoo.training.storage import StorageError, written_beside
from multimodal_zoo.training.streamed import Streamed

ROWS, ABOUT = "rows.tfrecord", "about.json"
# Most that a record may grow by, and the share of the free disk that all may take.
TIMES_AS_LARGE, OF_FREE = 4, 0.5
# Chunks of rows that are decoded at a time, where that is not too much for the memory.
CHUNKS = 64


def is_worth_decoding_once(epochs: int, decoded: int, serialised: float, records: int, free: int) -> bool:
    """Whether to decode all records before the training, for all of its epochs, and not in each of them.

    It saves time from the second epoch on, and costs disk: what decodes to much more than it was, as pictures do, would
    fill it. Spectra of sounds are never decoded once: their last bits depend on the batch that they are in.

    Args:
        epochs: that are to be run.
        decoded: bytes of a decoded record.
        serialised: mean bytes of a record in the shards.
        records: of the split.
        free: bytes of the disk.

    Example:
        >>> is_worth_decoding_once(epochs=2, decoded=196, serialised=564.0, records=65536, free=2**30)
        True
    """
    return epochs > 1 and decoded <= TIMES_AS_LARGE * serialised and decoded * records <= OF_FREE * free


@contextlib.contextmanager
def decoded_once(train: Prepared | Streamed, work: Path | None, epochs: int, verbose: int = 0) -> Iterator[bool]:
    """Let the batches of the block come from records that were decoded before, where that is worth it.

    The batches are the same, bit for bit: their order, what is missing in them, what could not be read, and what is
    augmented afterwards. Over several workers each decodes all records for itself, as each makes whole batches of which
    it keeps its part: the first into the folder of the training, the others into temporary ones.

    Args:
        train: the training split; of one that lies in memory nothing is to be decoded.
        work: the folder of the unfinished training, in which the rows stay until `forget`: a run that resumes takes
            them again if they are those of the same records, decoded in the same way. None takes a temporary folder,
            which goes away behind the block.
        epochs: that are to be run.
        verbose: whether to say how far it is; 0 does not.

    Yields:
        Whether they do.

    Raises:
        ShardError, ValueError: within `streamed.explained`, what is wrong with the records.

    Example:
        >>> with decoded_once(streamed, work=None, epochs=20) as once:
        ...     learner.fit(batches_of(streamed, ...))
    """
    if not isinstance(train, Streamed) or epochs < 1:
        yield False
        return
    with contextlib.ExitStack() as until_the_end:
        if work is None and is_worth_it(train, Path(tempfile.gettempdir()), epochs):
            kept = tempfile.TemporaryDirectory(prefix="multimodal_zoo-decoded-", ignore_cleanup_errors=True)
            work = Path(until_the_end.enter_context(kept))
        train.rows = None if work is None else rows_in(work / DECODED, train, epochs, verbose)
        try:
            yield train.rows is not None
        finally:
            train.rows = None


def rows_in(folder: Path, train: Streamed, epochs: int, verbose: int = 0) -> RowFile | None:
    """The rows of a split in a folder, written now unless they are there; None where that is not worth it.

    A disk that turns out to be too full is no error: then the records are decoded in each epoch, with a warning.
    """
    split, rows = train.split, RowFile(folder / ROWS, train.split.counts, train.row.numbers)
    about = {"digest": digest_of(train), "records": len(split), "numbers": rows.numbers, "chunk": rows.chunk}
    if are_whole(rows, about):
        return rows
    # The space that others take counts as free: they go away.
    shutil.rmtree(folder, ignore_errors=True)
    if not is_worth_it(train, folder.parent, epochs):
        return None
    try:
        with written_beside(folder) as new:
            written = RowFile(new / ROWS, rows.counts, rows.numbers)
            write_rows(written, train, verbose)
            (new / ABOUT).write_text(json.dumps({**about, "sha256": sha256_of(written.path)}))
    except StorageError as error:
        warnings.warn(f"The records are decoded in each epoch: {error}", stacklevel=2)
        return None
    return rows


def is_worth_it(train: Streamed, folder: Path, epochs: int) -> bool:
    """`is_worth_decoding_once` for a split and the disk of a folder."""
    split = train.split
    # What is wrong with the shards is said when they are read.
    if not split.files or not all(file.is_file() for file in split.files):
        return False
    # The chunks in which they are decoded are not the batches of the training.
    if not all(one.same_in_any_batch for one in train.modalities.values()):
        return False
    serialised = sum(file.stat().st_size for file in split.files) / len(split)
    free = shutil.disk_usage(folder).free
    return is_worth_decoding_once(epochs, 4 * train.row.numbers, serialised, len(split), free)


def digest_of(train: Streamed) -> str:
    """SHA-256 of what the rows depend on: the records, what is read of them, and who decodes."""
    split = train.split
    told: list[Any] = [__version__, tf.__version__, split.digest, split.counts, split.label.dtype, split.label.shape]
    told.append(list(modalities_to_json(train.modalities).items()))
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def are_whole(rows: RowFile, about: dict[str, Any]) -> bool:
    """Whether the rows of this description are there, as they were written."""
    try:
        found = json.loads((rows.path.parent / ABOUT).read_text())
        sha256 = found.pop("sha256")
        return found == about and rows.path.stat().st_size == rows.bytes and sha256_of(rows.path) == sha256
    except (OSError, ValueError, KeyError, AttributeError):
        return False


def write_rows(rows: RowFile, train: Streamed, verbose: int) -> None:
    """Decode all records of a split, in order.

    Raises:
        OSError, tf.errors.OpError: the disk does not take the rows, or a shard is broken.
    """
    split = train.split
    size = rows.chunk * max(1, min(CHUNKS, CHUNK_NUMBERS // (rows.numbers * rows.chunk)))

    @as_it_stands
    def pack(serialised: tf.Tensor) -> tf.Tensor:
        tensors, labels = train.decoded(serialised)
        with tf.control_dependencies(train.visible(tensors.presence)):
            return tf.identity(train.row.pack(tensors, labels))

    batches = (
        split.serialised()
        .batch(size)
        .map(pack, num_parallel_calls=min(4, os.cpu_count() or 1))
        .prefetch(2)
        .with_options(quiet())
    )
    with progress_of(len(split), verbose) as told:
        count = rows.write(told(batch) for batch in batches.as_numpy_iterator())
    if count != len(split):
        raise tf.errors.DataLossError(None, None, f"{count} records were found, and {len(split)} expected.")


@contextlib.contextmanager
def progress_of(records: int, verbose: int) -> Iterator[Any]:
    """A function that is given each batch, and says on stderr how many records of all there were; in a log, once."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("decoding once"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        disable=not (verbose and console.is_terminal),
    )
    if verbose and not console.is_terminal:
        console.print(f"decoding {records:,} records once", highlight=False, soft_wrap=True)
    task = bar.add_task("", total=records)

    def told(batch: np.ndarray) -> np.ndarray:
        bar.advance(task, len(batch))
        return batch

    with bar:
        yield told


def said_of(train: Prepared | Streamed, once: bool) -> dict[str, bool]:
    """What the figures of a training say of it; nothing of a split in memory, which is always decoded once."""
    return {"decoded_once": once} if isinstance(train, Streamed) else {}
