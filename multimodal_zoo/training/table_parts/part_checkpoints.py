"""Checkpoints of which each worker writes its own part: where they lie, and which one all of them have."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.training.checkpoint import KEPT
from multimodal_zoo.training.resume import CHECKPOINT, SETTINGS
from multimodal_zoo.training.state_file import TornState, read_state
from multimodal_zoo.training.table_parts.table_part import TablePart, parts_in
from multimodal_zoo.training.workers import chiefs_checkpoints, is_chief

# Among the settings of an unfinished training: at how many workers its tables lie.
WORKERS = "workers_of_tables"


def out_of_worker(out: str | os.PathLike[str] | None, model: keras.Model) -> Path | None:
    """What the unfinished work of this worker is named after: None for one that has nothing of its own to keep.

    The first worker's is `out`, beside which it lies in `<out>-training`. Another has one with sharded tables alone, in
    `<out>-worker-<number>-training`, on a disk that the workers share or on its own.
    """
    if out is None:
        return None
    out = Path(out)
    if is_chief(model):
        return out
    parts = parts_in(model.weights)
    return out.with_name(f"{out.name}-worker-{parts[0].strategy.extended._task_id}") if parts else None


def workers_of_tables(model: keras.Model) -> dict[str, int]:
    """What the settings of a training with sharded tables have more than those of others."""
    parts = parts_in(model.weights)
    return {WORKERS: parts[0].layout.workers} if parts else {}


def refuse_other_workers(work: Path | None, model: keras.Model) -> None:
    """Refuse to go on with tables that lie at more or fewer workers than there are now.

    Args:
        work: the folder of the unfinished training.
        model: what is to go on.

    Raises:
        ValueError: with both numbers.
    """
    if work is None or not (work / SETTINGS).exists() or not any((work / CHECKPOINT).glob("*.state")):
        return
    try:
        before = json.loads((work / SETTINGS).read_text()).get(WORKERS)
    except ValueError:
        # `claim` moves aside what it cannot read.
        return
    now = workers_of_tables(model).get(WORKERS)
    if before != now:
        raise ValueError(
            f"The unfinished training in {work} has its tables {at(before)}, and now they are {at(now)}: its parts do "
            f"not fit. Go on as it was begun, or move {work} away to begin anew."
        )


def at(workers: int | None) -> str:
    """Where tables lie, in words."""
    return "whole at every worker" if workers is None else f"in parts at {workers} workers"


@contextlib.contextmanager
def checkpoints_of_all(folder: Path | None, model: keras.Model, resumable: bool) -> Iterator[Path | None]:
    """A folder with checkpoints of the same epochs at every worker: the chief's, or with sharded tables its own.

    Args:
        folder: of the checkpoints of this worker.
        model: built under the strategy.
        resumable: whether there may be something to go on from.

    Raises:
        RuntimeError: see `keep_common`.
    """
    if parts_in(model.weights):
        keep_common(folder, model)
        yield folder
        return
    with chiefs_checkpoints(folder, model, resumable) as chiefs:
        yield chiefs


def keep_common(folder: Path | None, model: keras.Model) -> None:
    """Remove what is newer than the newest checkpoint that all workers have whole. All of them have to call it.

    A worker may be killed while it writes what others have written already; one step later none of them can be.

    Raises:
        RuntimeError: some have checkpoints, and there is none that all have.
    """
    part = parts_in(model.weights)[0]
    files = sorted(folder.glob("*.state")) if folder is not None else []
    whole = {int(file.name.split("-")[0]): file for file in files if is_whole(file)}
    of_all = epochs_of_all(part, sorted(whole)[-KEPT:])
    if not any(of_all):
        return
    common = set.intersection(*map(set, of_all))
    if not common:
        found = "; ".join(f"worker {number}: {sorted(one) or 'none'}" for number, one in enumerate(of_all))
        raise RuntimeError(
            f"The workers have no checkpoint of the same epoch ({found}). Each holds a part of the tables: bring back "
            "the folders of those that lack it, or move the `-training` folders of all away to begin anew."
        )
    for epoch, file in whole.items():
        if epoch > max(common):
            file.unlink()


def is_whole(file: Path) -> bool:
    """Whether a checkpoint is as it was written."""
    try:
        read_state(file)
    except TornState:
        return False
    return True


def epochs_of_all(part: TablePart, own: Sequence[int]) -> list[list[int]]:
    """The numbers, at most so many as are kept, of every worker."""
    numbers = np.full(KEPT, -1, "int32")
    numbers[: len(own)] = own

    @tf.function
    def gather() -> tf.Tensor:
        return part.strategy.run(
            lambda: tf.distribute.get_replica_context().all_gather(tf.constant(numbers[np.newaxis]), axis=0)
        )

    rows = part.strategy.experimental_local_results(gather())[0].numpy()
    return [[int(one) for one in row if one >= 0] for row in rows]
