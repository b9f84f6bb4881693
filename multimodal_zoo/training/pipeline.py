"""Raw records -> batches: decode in parallel, count what is broken, shuffle, augment, batch, prefetch."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Modality, raw_to_tensors
from multimodal_zoo.registry import PRESENCE

ON_UNDECODABLE = ("absent", "skip")
# Nothing here is Python control flow over tensors, and AutoGraph takes seconds to find that out.
as_it_stands = tf.autograph.experimental.do_not_convert
# Records that are decoded at a time, and the most numbers that they may come to: they are in memory several times.
CHUNK, CHUNK_NUMBERS = 256, 2**24


class HasDataset(Protocol):
    """Anything with a `tf.data.Dataset` of (raw record, label), such as `datasets.Records`."""

    def dataset(self) -> tf.data.Dataset: ...


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A split, decoded once and held in memory.

    Args:
        content: tensor `(records, ...)` of each modality.
        presence: `(records, modalities)` float32.
        labels: `(records, ...)`.
        undecodable: for each modality the numbers of the records whose value could not be read.
    """

    content: dict[str, tf.Tensor]
    presence: tf.Tensor
    labels: tf.Tensor
    undecodable: dict[str, list[int]]

    def __len__(self) -> int:
        return int(self.presence.shape[0])

    def without(self, *names: str) -> Prepared:
        """The same records with the named modalities marked as absent."""
        order = list(self.content)
        unknown = [name for name in names if name not in order]
        if unknown:
            raise ValueError(f"Unknown modality {unknown[0]!r}. The model takes: {', '.join(order)}.")
        kept = np.array([name not in names for name in order], "float32")
        return dataclasses.replace(self, presence=self.presence * kept)

    def undecodable_counts(self) -> dict[str, int]:
        """How many values of each modality could not be decoded."""
        return {name: len(rows) for name, rows in self.undecodable.items()}

    def inputs(self, with_presence: bool) -> dict[str, tf.Tensor]:
        """Model inputs of the whole split."""
        return {**self.content, PRESENCE: self.presence} if with_presence else dict(self.content)


def raw_batches(data: tf.data.Dataset, modalities: Mapping[str, Modality], batch_size: int) -> tf.data.Dataset:
    """Batch raw records, shorter lists filled up with what is empty; modalities that a record lacks become absent."""
    label_rank = rank_of_label(data)

    @as_it_stands
    def only_known(record: dict[str, tf.Tensor], label: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        raw = {}
        for name, modality in modalities.items():
            value = record.get(name)
            if value is None:
                empty = tf.constant(modality.raw_empty, modality.raw_dtype)
                value = tf.fill(tf.constant([size or 0 for size in modality.raw_shape], tf.int32), empty)
            elif modality.raw_dtype == tf.string and value.dtype != tf.string:
                value = tf.strings.as_string(value)
            elif modality.raw_dtype != value.dtype:
                value = tf.cast(value, modality.raw_dtype)
            raw[name] = value
        return raw, label

    return data.map(only_known).padded_batch(
        batch_size,
        ({name: list(modality.raw_shape) for name, modality in modalities.items()}, [None] * label_rank),
        ({name: tf.constant(one.raw_empty, one.raw_dtype) for name, one in modalities.items()}, None),
    )


def raw_records(
    data: HasDataset | tf.data.Dataset, modalities: Mapping[str, Modality]
) -> Iterator[dict[str, tf.Tensor]]:
    """Batches of raw values, not decoded, without the labels."""
    for raw, _ in raw_batches(as_dataset(data), modalities, chunk_size(modalities)):
        yield raw


def chunk_size(modalities: Mapping[str, Modality]) -> int:
    """How many records are decoded at a time: fewer where each is large, as videos are."""
    numbers = sum(math.prod(modality.shape) for modality in modalities.values())
    return max(1, min(CHUNK, CHUNK_NUMBERS // numbers))


def rank_of_label(data: tf.data.Dataset) -> int:
    """Rank of one label; raises TypeError when the elements are not (record dict, label)."""
    spec = data.element_spec
    if not (isinstance(spec, tuple) and len(spec) == 2 and isinstance(spec[0], dict)):
        raise TypeError(f"Expected a tf.data.Dataset of (record dict, label), got elements {spec}.")
    return len(spec[1].shape)


def as_dataset(data: HasDataset | tf.data.Dataset) -> tf.data.Dataset:
    """The `tf.data.Dataset` of raw (record, label) behind `data`."""
    return data if isinstance(data, tf.data.Dataset) else data.dataset()


def prepare(
    data: HasDataset | tf.data.Dataset, modalities: Mapping[str, Modality], on_undecodable: str = "absent"
) -> Prepared:
    """Decode a split once.

    Args:
        data: records, or a `tf.data.Dataset` of (dict of raw values, label).
        modalities: fitted modalities by name.
        on_undecodable: "absent" keeps a record whose image or sound cannot be read, that modality marked absent;
            "skip" leaves the record out. Either way it is reported in `Prepared.undecodable`.

    Raises:
        ValueError: there is no record, or all were skipped.
    """
    if on_undecodable not in ON_UNDECODABLE:
        raise ValueError(f"on_undecodable is one of {', '.join(ON_UNDECODABLE)}, got {on_undecodable!r}.")

    @as_it_stands
    def decode(raw: dict[str, tf.Tensor], label: tf.Tensor) -> tuple[Any, tf.Tensor]:
        return tuple(raw_to_tensors(modalities, raw)), label

    chunks = list(
        raw_batches(as_dataset(data), modalities, chunk_size(modalities))
        .map(decode, num_parallel_calls=2)
        .with_options(quiet())
    )
    if not chunks:
        raise ValueError("The split holds no record.")
    content = {name: tf.concat([chunk[0][0][name] for chunk in chunks], 0) for name in modalities}
    presence = tf.concat([chunk[0][1] for chunk in chunks], 0)
    broken = tf.concat([chunk[0][2] for chunk in chunks], 0).numpy()
    labels = tf.concat([chunk[1] for chunk in chunks], 0)
    undecodable = {
        name: np.flatnonzero(broken[:, column]).tolist()
        for column, name in enumerate(modalities)
        if broken[:, column].any()
    }
    if on_undecodable == "skip" and undecodable:
        kept = np.flatnonzero(~broken.any(axis=1))
        if not kept.size:
            raise ValueError(f"Every one of the {len(broken)} records was skipped: none could be decoded.")
        content = {name: tf.gather(tensor, kept) for name, tensor in content.items()}
        presence, labels = tf.gather(presence, kept), tf.gather(labels, kept)
    return Prepared(content, presence, labels, undecodable)


def quiet() -> tf.data.Options:
    """Options without autotuning, whose teardown stalls for seconds, and with the order of the records kept."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.deterministic = True
    return options


def steps_per_epoch(records: int, batch_size: int) -> int:
    """Training steps of one epoch. The last, short batch is left to the next shuffle."""
    return max(1, records // batch_size)


def batch_size_without_empty_parts(records: int, replicas: int, most: int) -> int | None:
    """The largest batch size up to `most` of which every replica gets a part of each batch, the last one, too.

    A replica that gets an empty part of a batch fails, or answers NaN. The parts are equal but for the last one of all,
    so their number has to be a multiple of the replicas. None where there is no such size, which takes few records for
    many replicas.
    """
    for part in range(max(1, most // replicas), 0, -1):
        parts = -(-records // part)
        if parts % replicas == 0:
            # As many parts, as even as they can be.
            return -(-records // parts) * replicas
    return None


def training_batches(
    prepared: Prepared,
    modalities: Mapping[str, Modality],
    *,
    batch_size: int,
    seed: int,
    with_presence: bool,
    augment: bool = True,
    first_epoch: int = 0,
    first_step: int = 0,
    replicas: int = 1,
    part: int = 0,
    parts: int = 1,
) -> tf.data.Dataset:
    """Endless shuffled, augmented batches of (inputs, labels).

    The order of epoch e and every random draw of step s follow from (seed, e) and (seed, s) alone, so a run that
    resumes with `first_epoch`, at `first_step` of it, sees just what the uninterrupted one would have seen, and of
    several `parts` each makes every so many-th batch as it would be made without parts.
    """
    records = len(prepared)
    steps = steps_per_epoch(records, batch_size)
    # Each replica gets an equal part of every batch.
    batch_size = min(batch_size, records) // replicas * replicas
    inputs, labels = prepared.inputs(with_presence), prepared.labels

    @as_it_stands
    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        order = tf.random.experimental.stateless_shuffle(
            tf.range(records), seed=tf.stack([tf.constant(seed, tf.int64), number])
        )
        return tf.data.Dataset.from_tensor_slices(order[: steps * batch_size]).batch(batch_size)

    @as_it_stands
    def make(step: tf.Tensor, rows: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        batch = {name: tf.gather(tensor, rows) for name, tensor in inputs.items()}
        if augment:
            batch = augmented(batch, modalities, seed, step)
        return batch, tf.gather(labels, rows)

    orders = tf.data.Dataset.range(first_epoch, np.iinfo(np.int64).max).flat_map(epoch)
    batches = orders.skip(first_step).enumerate(first_epoch * steps + first_step).shard(parts, part)
    parallel = min(4, os.cpu_count() or 1)
    return batches.map(make, num_parallel_calls=parallel).prefetch(2).with_options(quiet())


def augmented(
    inputs: Mapping[str, tf.Tensor], modalities: Mapping[str, Modality], seed: int, step: tf.Tensor
) -> dict[str, tf.Tensor]:
    """The inputs of step `step`, varied at random as each modality says; the draws follow from seed and step alone."""
    varied = dict(inputs)
    for column, (name, modality) in enumerate(modalities.items()):
        draw = tf.stack([tf.constant(seed * 1009 + column * 17, tf.int64), step * 8])
        varied[name] = modality.augment(inputs[name], draw)
    return varied


def evaluation_batches(
    prepared: Prepared, *, batch_size: int, with_presence: bool, replicas: int = 1
) -> tf.data.Dataset:
    """The whole split once, in order, as (inputs, labels); every replica gets a part of every batch.

    Where no batch size allows that, the last `records % replicas` records are left out.
    """
    data = tf.data.Dataset.from_tensor_slices((prepared.inputs(with_presence), prepared.labels))
    if replicas > 1:
        fitting = batch_size_without_empty_parts(len(prepared), replicas, batch_size)
        if fitting is None:
            data, fitting = data.take(len(prepared) // replicas * replicas), replicas
        batch_size = fitting
    return data.batch(batch_size).prefetch(2).with_options(quiet())


def streaming_batches(
    data: HasDataset | tf.data.Dataset,
    modalities: Mapping[str, Modality],
    *,
    batch_size: int,
    seed: int,
    with_presence: bool,
    augment: bool = True,
    shuffle_records: int = 4096,
    on_undecodable: str = "absent",
    undecodable: tf.Variable | None = None,
    bucket_by: str | None = None,
    bucket_boundaries: Sequence[int] = (32, 64, 128, 256),
) -> tf.data.Dataset:
    """One pass over data that does not fit into memory: shuffle, decode, augment, batch, prefetch.

    Args:
        shuffle_records: size of the shuffle buffer, in raw records; 0 keeps the order.
        undecodable: an int64 variable `(modalities,)` that counts what could not be read.
        bucket_by: a text or sequence modality by whose length records are grouped, so that a batch holds texts of
            about one length; its padding is cut to the longest of the batch. Its input has to be of variable length.
        bucket_boundaries: word counts at which one bucket ends and the next begins.

    Other arguments as `prepare` and `training_batches`.
    """
    if on_undecodable not in ON_UNDECODABLE:
        raise ValueError(f"on_undecodable is one of {', '.join(ON_UNDECODABLE)}, got {on_undecodable!r}.")
    records = as_dataset(data)
    if shuffle_records:
        records = records.shuffle(shuffle_records, seed=seed, reshuffle_each_iteration=True)

    @as_it_stands
    def decode(raw: dict[str, tf.Tensor], label: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor, tf.Tensor]:
        content, presence, broken = raw_to_tensors(modalities, raw)
        if undecodable is not None:
            undecodable.assign_add(tf.reduce_sum(tf.cast(broken, tf.int64), 0))
        return {**content, PRESENCE: presence}, label, tf.reduce_any(broken, 1)

    batches = raw_batches(records, modalities, batch_size).map(decode, num_parallel_calls=2)
    if on_undecodable == "skip" or bucket_by is not None:
        rows = batches.unbatch()
        if on_undecodable == "skip":
            rows = rows.filter(lambda inputs, label, broken: ~broken)
        if bucket_by is None:
            batches = rows.batch(batch_size)
        else:
            batches = rows.bucket_by_sequence_length(
                lambda inputs, label, broken: tf.math.count_nonzero(inputs[bucket_by], dtype=tf.int32),
                list(bucket_boundaries),
                [batch_size] * (len(bucket_boundaries) + 1),
            )

    @as_it_stands
    def finish(
        step: tf.Tensor, row: tuple[dict[str, tf.Tensor], tf.Tensor, tf.Tensor]
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        inputs, label, _ = row
        if bucket_by is not None:
            longest = tf.reduce_max(tf.math.count_nonzero(inputs[bucket_by], axis=1, dtype=tf.int32))
            inputs[bucket_by] = inputs[bucket_by][:, : tf.maximum(longest, 1)]
        if augment:
            inputs = augmented(inputs, modalities, seed, step)
        if not with_presence:
            inputs = {name: inputs[name] for name in modalities}
        return inputs, label

    batches = batches.enumerate().map(finish, num_parallel_calls=2)
    return batches.prefetch(2).with_options(quiet())
