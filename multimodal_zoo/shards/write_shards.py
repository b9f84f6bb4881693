"""Write a data set as shards: TFRecord files of `tf.train.Example`s with an index, by several processes."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
import itertools
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from multimodal_zoo.datasets import DataSet, DataSetCard
from multimodal_zoo.modalities import Modality
from multimodal_zoo.quiet_start import load_tensorflow
from multimodal_zoo.shards.labelled_example import require_free_name
from multimodal_zoo.shards.shard_index import (
    INDEX,
    Label,
    Shard,
    ShardError,
    ShardIndex,
    modalities_to_json,
    read_index,
    write_json,
)
from multimodal_zoo.shards.shard_job import WRITING, Part, RecordsPart, ShardJob, is_there, receipt

RECORDS_PER_SHARD = 4096
# A process takes seconds to start: fewer records than this are written sooner by the one that is there.
WORTH_A_PROCESS = 50_000

Progress = Callable[[Shard, int], None]


class Source(Protocol):
    """Data that can be cut into parts: a `DataSet`, by way of `InMemory`, or `TableData`."""

    card: DataSetCard
    protocol: str
    modalities: dict[str, Modality]
    class_names: tuple[str, ...]
    label: Label

    def sizes(self) -> dict[str, int]:
        """Records of each split."""
        ...

    def part(self, split: str, start: int, stop: int) -> Part:
        """The records of a split from `start` up to `stop`."""
        ...

    def identity(self) -> dict[str, Any]:
        """What tells these data from others, JSON-ready."""
        ...


class InMemory:
    """A `DataSet` as a source; a seed shuffles each split before it is cut."""

    def __init__(self, data: DataSet, seed: int | None) -> None:
        self.card, self.protocol, self.modalities = data.card, data.protocol, data.modalities
        self.class_names, self.splits, self.seed = data.class_names, data.splits, seed
        labels = {name: Label.of(records.labels) for name, records in data.splits.items()}
        self.label = next(iter(labels.values()))
        for name, label in labels.items():
            if label != self.label:
                raise ShardError(f"The labels of {name!r} are {label}, those of other splits {self.label}.")
        for name, records in data.splits.items():
            unknown = [column for column in records.columns if column not in data.modalities]
            if unknown:
                raise ShardError(f"The column {unknown[0]!r} of {name!r} is no modality; take it out by `without`.")

        # In which order the records are written.
        self.orders = {
            name: np.arange(len(records))
            if seed is None
            else np.random.default_rng([seed, number]).permutation(len(records))
            for number, (name, records) in enumerate(data.splits.items())
        }

    def sizes(self) -> dict[str, int]:
        return {name: len(records) for name, records in self.splits.items()}

    def part(self, split: str, start: int, stop: int) -> RecordsPart:
        return RecordsPart(self.splits[split].take(self.orders[split][start:stop]))

    def identity(self) -> dict[str, Any]:
        return {"seed": self.seed, "data": {name: records.digest() for name, records in self.splits.items()}}


def write_shards(
    data: DataSet | Source,
    folder: str | os.PathLike[str],
    *,
    records_per_shard: int | None = None,
    shards: int | None = None,
    workers: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> ShardIndex:
    """Write every split of a data set as TFRecord files with an index.

    A record is a `tf.train.Example` with the features of the signature `tf_example` and the feature `label`. Each file
    is written beside and renamed. The same call after an interruption writes only the shards that are missing.

    Args:
        data: a `DataSet`, or a source of files such as `read_tables` gives. Its splits stay as they are.
        folder: where the shards and `index.json` go.
        records_per_shard: most records of a file, 4096 unless `shards` is given.
        shards: files of each split instead; of a split with fewer records, as many as it has records.
        workers: processes that write; None takes one for each core where there are records enough, else this one. A
            program that writes with several has to have `if __name__ == "__main__":`.
        seed: shuffles each split of a `DataSet` before it is cut; None keeps the order.
        progress: called with each finished shard and the number of all shards, in the order they are finished.

    Returns:
        The index.

    Raises:
        ShardError: the folder holds shards of other data or settings; both sizes are given; or a record cannot be
            written.

    Example:
        >>> index = write_shards(load_dataset("ml-100k"), "shards/ml-100k", records_per_shard=10_000, seed=0)
        >>> index.records("train"), len(index.splits["train"])
        (80000, 8)
    """
    source = as_source(data, seed)
    planned = plan(source, folder, records_per_shard=records_per_shard, shards=shards)
    if planned.done is not None:
        return planned.done
    workers = chosen_workers(workers, planned)
    finished: dict[str, Shard] = {}
    for shard in written(planned.jobs(), workers):
        finished[shard.file] = shard
        if progress is not None:
            progress(shard, len(planned))
    return planned.finish(finished.values())


def as_source(data: DataSet | Source, seed: int | None) -> Source:
    """What `write_shards` takes, as something to be cut."""
    if isinstance(data, DataSet):
        return InMemory(data, seed)
    if not hasattr(data, "part"):
        raise TypeError(f"Expected a DataSet or a source such as read_tables() gives, got {type(data).__name__}.")
    if seed is not None:
        raise ShardError("Rows of files keep their order, which is shuffled where shards are read: leave seed out.")
    return data


@dataclasses.dataclass(frozen=True)
class Plan:
    """Which shards there are to be, and what has to be the same for a writing to go on.

    `done` is the index where an earlier writing with these settings has finished all.
    """

    source: Source
    folder: Path
    settings: dict[str, Any]
    cuts: dict[str, list[int]]
    done: ShardIndex | None

    def __len__(self) -> int:
        return sum(len(bounds) - 1 for bounds in self.cuts.values())

    def files(self, split: str) -> list[str]:
        """Names of the shards of a split."""
        return shard_names(split, len(self.cuts[split]) - 1)

    def jobs(self) -> Iterator[ShardJob]:
        """The shards, each cut when it is asked for: not all of them need lie in memory twice."""
        modalities = modalities_to_json(self.source.modalities)
        for split, bounds in self.cuts.items():
            for file, (start, stop) in zip(self.files(split), itertools.pairwise(bounds), strict=True):
                part = self.source.part(split, start, stop)
                yield ShardJob(str(self.folder), file, split, part, modalities, self.source.label)

    def finish(self, shards: Iterable[Shard]) -> ShardIndex:
        """Write the index; the last thing to be written, so that with it all is there."""
        by_file = {shard.file: shard for shard in shards}
        splits = {split: tuple(by_file[file] for file in self.files(split)) for split in self.cuts}
        for split, found in splits.items():
            if sum(one.records for one in found) != self.cuts[split][-1]:
                raise ShardError(f"The shards of {split!r} do not hold its {self.cuts[split][-1]} records.")
        source = self.source
        index = ShardIndex(
            source.card, source.protocol, source.modalities, source.class_names, source.label, self.settings, splits
        )
        write_json(self.folder / INDEX, index.to_json())
        shutil.rmtree(self.folder / WRITING, ignore_errors=True)
        return index


def plan(
    source: Source, folder: str | os.PathLike[str], *, records_per_shard: int | None = None, shards: int | None = None
) -> Plan:
    """Cut a source into shards and claim the folder for them; arguments as of `write_shards`."""
    if records_per_shard is not None and shards is not None:
        raise ShardError("Give records_per_shard or shards, not both.")
    for name, value in {"records_per_shard": records_per_shard, "shards": shards}.items():
        if value is not None and value < 1:
            raise ShardError(f"{name} has to be 1 or more, got {value}.")
    require_free_name(source.modalities)
    sizes = source.sizes()
    if not any(sizes.values()):
        raise ShardError("There is no record to write.")
    most = RECORDS_PER_SHARD if records_per_shard is None else records_per_shard
    cuts = {}
    for split, size in sizes.items():
        count = -(-size // most) if shards is None else min(shards, size)
        # All about the same: the last is no small rest.
        cuts[split] = [size * number // count for number in range(count + 1)] if count else [0]
    identity = {
        "data": f"{source.card.name}:{source.protocol}",
        "modalities": modalities_to_json(source.modalities),
        "class_names": list(source.class_names),
        "label": dataclasses.asdict(source.label),
        "cuts": cuts,
        "source": source.identity(),
    }
    settings = {
        "records_per_shard": most if shards is None else None,
        "shards": shards,
        "source": identity["source"],
        "digest": hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest(),
    }
    folder = Path(folder)
    names = {file for split, bounds in cuts.items() for file in shard_names(split, len(bounds) - 1)}
    return Plan(source, folder, settings, cuts, claimed(folder, settings, names))


def shard_names(split: str, count: int) -> list[str]:
    """Names of the files of a split."""
    return [f"{split}-{number:05d}-of-{count:05d}.tfrecord" for number in range(count)]


def claimed(folder: Path, settings: dict[str, Any], names: set[str]) -> ShardIndex | None:
    """The index where all is finished with these settings, or None once the folder is ready to be written into."""
    started = folder / WRITING / "settings.json"
    if (folder / INDEX).exists():
        index = read_index(folder)
        require_same(folder, index.settings, settings)
        shards = list(itertools.chain.from_iterable(index.splits.values()))
        whole = [one for one in shards if is_there(folder, one)]
        if len(whole) == len(shards):
            return index
        # Some were lost since: an interrupted writing once more, that has these left to do.
        started.parent.mkdir(exist_ok=True)
        for shard in whole:
            write_json(receipt(folder, shard.file), dataclasses.asdict(shard))
        write_json(started, settings)
        (folder / INDEX).unlink()
    elif started.exists():
        require_same(folder, json.loads(started.read_text(encoding="utf-8")), settings)
    elif folder.exists() and (others := {one.name for one in folder.iterdir()} - names - {WRITING}):
        raise ShardError(f"{folder} holds {min(others)}: choose a new or empty folder for the shards.")
    else:
        started.parent.mkdir(parents=True, exist_ok=True)
        write_json(started, settings)
    return None


def require_same(folder: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to go on with other settings."""
    different = [name for name in now if before.get(name) != now[name]]
    if different:
        named = [name for name in different if name != "digest"] or ["data or modalities"]
        told = "; ".join(f"{name} was {before.get(name)!r:.100}, is {now.get(name)!r:.100}" for name in named)
        raise ShardError(f"{folder} holds shards of another kind ({told}). Choose another folder, or delete this one.")


def chosen_workers(workers: int | None, planned: Plan) -> int:
    """How many processes write."""
    if workers is None:
        records = sum(bounds[-1] for bounds in planned.cuts.values())
        workers = min(os.cpu_count() or 1, max(1, records // WORTH_A_PROCESS))
    if workers < 1:
        raise ShardError(f"workers has to be 1 or more, got {workers}.")
    return min(workers, len(planned))


def written(jobs: Iterable[ShardJob], workers: int) -> Iterator[Shard]:
    """Each shard as soon as it is there; those that were finished before at once."""
    if workers == 1:
        for job in jobs:
            yield job.finished() or job.write()
        return
    # A fork of a process in which TensorFlow runs may hang.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context, load_tensorflow) as pool:
        waiting: set[concurrent.futures.Future[Shard]] = set()
        try:
            for job in jobs:
                if (shard := job.finished()) is not None:
                    yield shard
                    continue
                waiting.add(pool.submit(job.write))
                # Each waiting shard lies in memory.
                if len(waiting) >= 2 * workers:
                    done, waiting = concurrent.futures.wait(waiting, return_when="FIRST_COMPLETED")
                    yield from (one.result() for one in done)
            yield from (one.result() for one in concurrent.futures.as_completed(waiting))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
