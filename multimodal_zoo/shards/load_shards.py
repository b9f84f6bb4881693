"""Sharded data as a data set whose splits are read while they are used."""

from __future__ import annotations

import atexit
import concurrent.futures
import dataclasses
import functools
import hashlib
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import tensorflow as tf

from multimodal_zoo.datasets import DataSetCard
from multimodal_zoo.modalities import Modality
from multimodal_zoo.shards.damage import Fault, look_through
from multimodal_zoo.shards.labelled_example import that_parse
from multimodal_zoo.shards.shard_index import Shard, ShardError, ShardIndex, read_index
from multimodal_zoo.shards.shard_job import sha256_of
from multimodal_zoo.shards.shard_split import CHUNK, WHAT_TO_DO, ShardSplit, in_order
from multimodal_zoo.unknown_name import UnknownName

ON_CORRUPT = ("error", "skip")
SHUFFLE_BUFFER, READERS = 4096, 4


class CorruptShard(UserWarning):
    """Something in a shard is broken and was left out."""


class ShardedDataSet:
    """Shards that look like a `DataSet`: card, modalities, class names, and splits that stream; see `load_shards`."""

    def __init__(
        self,
        folder: Path,
        index: ShardIndex,
        *,
        cache: Path | None,
        on_corrupt: str,
        verify: bool,
        shuffle_buffer: int,
        readers: int,
    ) -> None:
        self.folder, self.index = folder, index
        self.cache, self.on_corrupt, self.verify = cache, on_corrupt, verify
        self.shuffle_buffer, self.readers = shuffle_buffer, readers
        self._splits: dict[str, ShardSplit] = {}

    @property
    def card(self) -> DataSetCard:
        return self.index.card

    @property
    def protocol(self) -> str:
        return self.index.protocol

    @property
    def modalities(self) -> dict[str, Modality]:
        return self.index.modalities

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.index.class_names

    @property
    def splits(self) -> dict[str, ShardSplit]:
        """All splits; each is looked through, as `split` does."""
        return {name: self.split(name) for name in self.index.splits}

    def split(self, name: str) -> ShardSplit:
        """The records of "train", "validation" or "test".

        Raises:
            UnknownName: there is no such split.
            ShardError: a file is missing or broken.
        """
        if name not in self.index.splits:
            raise UnknownName(f"split of {self.card.name}", name, self.index.splits)
        if name not in self._splits:
            self._splits[name] = self._opened(name)
        return self._splits[name]

    def _opened(self, name: str) -> ShardSplit:
        """A split with every shard looked at, several at a time."""
        shards = self.index.splits[name]
        with concurrent.futures.ThreadPoolExecutor(self.readers) as pool:
            opened = list(pool.map(self._looked_at, shards))
        faults = tuple(fault for one in opened for fault in one.faults)
        if faults:
            lost = sum(fault.records for fault in faults)
            warnings.warn(
                f"{lost} records of {self.card.name} {name} are left out: {' '.join(map(str, faults[:10]))}"
                + (f" And {len(faults) - 10} more." if len(faults) > 10 else ""),
                CorruptShard,
                stacklevel=3,
            )
        whole = [one for one in opened if one.records]
        return ShardSplit(
            name,
            tuple(one.path for one in whole),
            tuple(one.records for one in whole),
            self.index.modalities,
            self.index.label,
            digest_of(shards, faults),
            self.shuffle_buffer,
            self.readers,
            faults,
        )

    def _looked_at(self, shard: Shard) -> Opened:
        """One shard as it can be read: in its place, from the cache, or what is intact of it."""
        path = self.folder / shard.file if self.cache is None else self._cached(shard, self.cache)
        if self._is_whole(path, shard) and (self.on_corrupt == "error" or self._all_parse(path)):
            return Opened(path, shard.records)
        return self._intact_of(path, shard)

    def _is_whole(self, path: Path, shard: Shard) -> bool:
        """Whether a file is the shard, as far as that is to be verified."""
        if not path.is_file() or path.stat().st_size != shard.bytes:
            return False
        return not self.verify or sha256_of(path) == shard.sha256

    def _all_parse(self, path: Path) -> bool:
        """Whether every record of a file parses."""
        batches = tf.data.TFRecordDataset(str(path)).batch(CHUNK).with_options(in_order())
        return all(all(that_parse(self.index.modalities, self.index.label, batch.numpy())) for batch in batches)

    def _intact_of(self, path: Path, shard: Shard) -> Opened:
        """What can be read of a broken shard; with on_corrupt="error", the error."""
        if path.is_file():
            intact, faults = look_through(path, shard.records, self.index.modalities, self.index.label)
        else:
            intact, faults = [], [Fault(str(path), 0, shard.records, "the file is missing")]
        if not faults:
            # Nothing in it is broken, so this is no damage: to leave nothing out would be to read other data.
            raise ShardError(
                f"{path} can be read but is another file than the index tells: its SHA-256 is not {shard.sha256}. Put "
                "the right one in its place, or write the shards again."
            )
        if self.on_corrupt == "error":
            raise ShardError(f"{faults[0]} {WHAT_TO_DO}")
        kept = Path(tempfile.mkdtemp(dir=salvage_folder())) / shard.file
        with tf.io.TFRecordWriter(str(kept)) as writer:
            for content in intact:
                writer.write(content)
        return Opened(kept, len(intact), faults)

    def _cached(self, shard: Shard, cache: Path) -> Path:
        """The copy of a shard in the cache folder, made now unless a whole one is there."""
        # Named by what it holds: shards of several data sets may share a cache.
        path, kept = self.folder / shard.file, cache / f"{shard.sha256[:16]}-{shard.file}"
        if self._is_whole(kept, shard):
            return kept
        if not path.is_file():
            return path
        cache.mkdir(parents=True, exist_ok=True)
        beside = kept.with_name(f".{kept.name}.{os.getpid()}")
        shutil.copyfile(path, beside)
        os.replace(beside, kept)
        return kept


@dataclasses.dataclass(frozen=True)
class Opened:
    """A shard as it is read: where, how many records, and what of it is broken."""

    path: Path
    records: int
    faults: list[Fault] = dataclasses.field(default_factory=list)


@functools.cache
def salvage_folder() -> Path:
    """Where what is intact of broken shards lies until this process ends, whatever reads it."""
    place = tempfile.mkdtemp(prefix="multimodal_zoo-shards-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Path(place)


def digest_of(shards: tuple[Shard, ...], faults: tuple[Fault, ...]) -> str:
    """SHA-256 of what is read: the shards, and what is left out of them."""
    total = hashlib.sha256()
    for shard in shards:
        total.update(f"{shard.sha256} {shard.records}\n".encode())
    for fault in faults:
        total.update(f"{Path(fault.file).name} {fault.record} {fault.records}\n".encode())
    return total.hexdigest()


def load_shards(
    folder: str | os.PathLike[str],
    *,
    on_corrupt: str = "error",
    verify: bool = True,
    cache: str | os.PathLike[str] | None = None,
    shuffle_buffer: int = SHUFFLE_BUFFER,
    readers: int = READERS,
) -> ShardedDataSet:
    """Open shards as a data set whose splits are read while they are used; `fit` trains on it without holding it.

    Args:
        folder: as written by `write_shards`.
        on_corrupt: "error" refuses a broken shard, naming file and record; "skip" leaves out the broken records, with a
            warning that names them, and keeps the others: a record holds all its modalities and its label, so
            nothing is paired anew. For this each split is parsed once when it is opened.
        verify: compare each file of a split with its SHA-256 when the split is opened. Without, only sizes are
            compared, and the check sum of each record while it is read.
        cache: a folder on a faster disk, to which each shard is copied when its split is opened; None reads the shards
            where they are.
        shuffle_buffer: records of a block that is shuffled, besides the order of the shards; see `ShardSplit`.
        readers: shards that are read at a time.

    Returns:
        A `ShardedDataSet`: `.card`, `.modalities`, `.class_names` and `.split(name)` as of a `DataSet`.

    Raises:
        ShardError: there are no finished shards, or an argument is not possible.

    Example:
        >>> data = load_shards("shards/ml-100k")
        >>> bundle = fit(build_for("deepfm", data), data, out="runs/deepfm")
    """
    if on_corrupt not in ON_CORRUPT:
        raise ShardError(f"on_corrupt is one of {', '.join(ON_CORRUPT)}, got {on_corrupt!r}.")
    if on_corrupt == "skip" and not verify:
        raise ShardError("on_corrupt='skip' has to know what is broken before the first epoch: leave verify=True.")
    for name, value in {"shuffle_buffer": shuffle_buffer, "readers": readers}.items():
        if value < 1:
            raise ShardError(f"{name} has to be 1 or more, got {value}.")
    return ShardedDataSet(
        Path(folder),
        read_index(folder),
        cache=None if cache is None else Path(cache),
        on_corrupt=on_corrupt,
        verify=verify,
        shuffle_buffer=shuffle_buffer,
        readers=readers,
    )
