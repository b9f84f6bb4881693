"""One split of sharded data: read once in order, or epoch after epoch in an order drawn for each."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Modality, features_of
from multimodal_zoo.shards.damage import Fault, faults_of
from multimodal_zoo.shards.epoch_order import drawn_order, last_batches, segments, steps_of_epoch, stretch
from multimodal_zoo.shards.labelled_example import parse_labelled, parse_labels
from multimodal_zoo.shards.row_file import RowFile
from multimodal_zoo.shards.shard_index import Label, ShardError

CHUNK = 256
# What TensorFlow raises for a broken record, and where the message of an error quotes one that is no text.
READING_FAILED = (tf.errors.DataLossError, tf.errors.InvalidArgumentError, tf.errors.NotFoundError, UnicodeDecodeError)
# Nothing here is Python control flow over tensors.
as_it_stands = tf.autograph.experimental.do_not_convert


@dataclasses.dataclass(frozen=True)
class ShardSplit:
    """The records of a split, on disk.

    Args:
        name: "train", "validation" or "test".
        files: its shards, in order.
        counts: records of each.
        modalities: declared modalities by name.
        label: type and shape of one label.
        digest: the same for the same records in the same shards.
        shuffle_buffer: records of a block that is shuffled; up to three such blocks lie in memory, not decoded.
        readers: shards that are read at a time.
        skipped: what was left out because it is broken.
    """

    name: str
    files: tuple[Path, ...]
    counts: tuple[int, ...]
    modalities: dict[str, Modality]
    label: Label
    digest: str
    shuffle_buffer: int
    readers: int
    skipped: tuple[Fault, ...] = ()

    def __len__(self) -> int:
        return sum(self.counts)

    def dataset(self) -> tf.data.Dataset:
        """A `tf.data.Dataset` of (dict of raw values, label), one record at a time and in order."""
        return self.records_of(self.serialised())

    def spread(self, count: int) -> tf.data.Dataset:
        """As `dataset`, about `count` records that stand at the beginnings of all the shards."""
        each = -(-count // len(self.files))
        files = tf.data.Dataset.from_tensor_slices([str(file) for file in self.files])
        return self.records_of(files.flat_map(lambda file: tf.data.TFRecordDataset(file).take(each)).take(count))

    @functools.cached_property
    def labels(self) -> np.ndarray:
        """All labels, `(records, ...)`, in order. They alone are read, and lie in memory."""
        label = self.label
        chunks = self.serialised().batch(CHUNK).map(lambda batch: parse_labels(label, batch), num_parallel_calls=2)
        with self.explained():
            return np.concatenate(list(chunks.as_numpy_iterator()))

    def values_of(self, name: str) -> Iterator[Any]:
        """The raw values of one modality, record after record; they alone are parsed."""
        if name not in self.modalities:
            return
        modality = self.modalities[name]
        features = features_of({name: modality})
        chunks = (
            self.serialised()
            .batch(CHUNK)
            .map(lambda batch: tf.io.parse_example(batch, features)[modality.raw_name(name)], num_parallel_calls=2)
        )
        with self.explained():
            yield from self._rows(chunks, modality)

    @staticmethod
    def _rows(chunks: tf.data.Dataset, modality: Modality) -> Iterator[Any]:
        """The values of one modality in parsed batches, one by one."""
        for value in chunks:
            if isinstance(value, tf.RaggedTensor):
                ends = value.row_splits.numpy()
                flat = value.flat_values.numpy().reshape(-1, *modality.raw_shape[1:])
                rows = (flat[start:stop] for start, stop in zip(ends[:-1], ends[1:], strict=True))
                yield from (row.tolist() if flat.dtype == object else row for row in rows)
            else:
                yield from value.numpy()

    def steps(self, batch_size: int, workers: int = 1) -> int:
        """Batches of an epoch, for every worker."""
        return steps_of_epoch(len(self), batch_size, workers)

    def epochs(
        self,
        batch_size: int,
        *,
        seed: int = 0,
        worker: int = 0,
        workers: int = 1,
        first_epoch: int = 0,
        first_step: int = 0,
        records: int | None = None,
        rows: RowFile | None = None,
    ) -> tf.data.Dataset:
        """Endless batches `(batch,)` of serialised records, each record once in an epoch, over all workers.

        The last batch of an epoch is as short as it has to be, and every worker has as many batches (one that would
        lack the last has its last but one cut in two). The order of an epoch is a function of `seed` and the number of
        the epoch: whoever begins at `first_epoch`, or at `first_step` in it, sees what an uninterrupted reader sees
        from there on. What comes before that step is read, but neither parsed nor decoded.

        Args:
            batch_size: most records of a batch.
            seed: of the order.
            worker, workers: this reader's number, from 0, and of how many.
            first_epoch, first_step: where to begin.
            records: only so many of an epoch, other ones each time; None takes all.
            rows: what the records were made into; batches `(batch, numbers)` of their rows come in place of them.

        Raises:
            ValueError: there is no such worker, or there are too few records for all.
        """
        if not self.files:
            raise ShardError(f"The split {self.name!r} has no record.")
        counted = len(self) if records is None else records
        first, stop = stretch(counted, worker, workers)
        sizes = last_batches(counted, batch_size, worker, workers)
        steps_of_epoch(counted, batch_size, workers)
        files, counts = tf.constant([str(file) for file in self.files]), np.array(self.counts, np.int64)

        @as_it_stands
        def epoch(number: tf.Tensor) -> tf.data.Dataset:
            shards, begins, takes = segments(counts, seed, number, first, stop)
            size = max(1, self.shuffle_buffer)

            def order(count: tf.Tensor, block: tf.Tensor) -> tf.Tensor:
                return drawn_order(count, seed, number, block)

            @as_it_stands
            def shuffled(block: tf.Tensor, records: tf.Tensor) -> tf.Tensor:
                return tf.gather(records, order(tf.size(records), block))

            # The next block is read while this one is used up.
            if rows is not None:
                blocks = rows.blocks((shards, begins, takes), readers=self.readers, size=size, order=order).prefetch(1)
            else:
                parts = tf.data.Dataset.from_tensor_slices((tf.gather(files, shards), begins, takes))
                read = parts.interleave(
                    lambda file, begin, take: tf.data.TFRecordDataset(file, buffer_size=2**20).skip(begin).take(take),
                    cycle_length=self.readers,
                    num_parallel_calls=self.readers,
                    deterministic=True,
                )
                blocks = read.batch(size).prefetch(1).enumerate().map(shuffled)
            return blocks.rebatch(batch_size if sizes is None else sizes)

        batches = tf.data.Dataset.range(first_epoch, np.iinfo(np.int64).max).flat_map(epoch)
        return (batches.skip(first_step) if first_step else batches).with_options(in_order())

    def serialised(self) -> tf.data.Dataset:
        """Every record once, in order."""
        files = tf.data.Dataset.from_tensor_slices([str(file) for file in self.files])
        read = files.flat_map(lambda file: tf.data.TFRecordDataset(file, buffer_size=2**20))
        return read.with_options(in_order())

    def records_of(self, serialised: tf.data.Dataset) -> tf.data.Dataset:
        """(Dict of raw values, label) of each serialised record."""
        modalities, label = self.modalities, self.label

        @as_it_stands
        def parse(one: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            raw, value = parse_labelled(modalities, label, one[None])
            return {name: values[0] for name, values in raw.items()}, value[0]

        return serialised.map(parse, num_parallel_calls=2).with_options(in_order())

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Name the file and the record where reading fails in the block because a shard is broken.

        Raises:
            ShardError: in place of what TensorFlow raises.
        """
        try:
            yield
        except READING_FAILED as error:
            for file, count in zip(self.files, self.counts, strict=True):
                if not file.is_file():
                    raise ShardError(f"{file} is missing. {WHAT_TO_DO}") from error
                if faults := faults_of(file, count, self.modalities, self.label):
                    raise ShardError(f"{faults[0]} {WHAT_TO_DO}") from error
            raise


WHAT_TO_DO = (
    "Put an intact copy in its place, or delete it and write the shards again, which writes only what is missing; "
    "load_shards(..., on_corrupt='skip') leaves out what is broken."
)


def in_order() -> tf.data.Options:
    """Options without autotuning, whose teardown stalls for seconds, and with the order of the records kept."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.deterministic = True
    return options
