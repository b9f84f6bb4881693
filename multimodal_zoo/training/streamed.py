"""A training split that is read from disk while the network trains, beside `Prepared`, which holds it in memory."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from multimodal_zoo.modalities import Modality, Tensors, raw_to_tensors
from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.shards import ShardSplit
from multimodal_zoo.shards.labelled_example import parse_labelled
from multimodal_zoo.shards.row_file import RowFile
from multimodal_zoo.training.data_service import batches_of_services
from multimodal_zoo.training.decoded_row import DecodedRow
from multimodal_zoo.training.pipeline import Prepared, as_it_stands, augmented, quiet, steps_per_epoch, training_batches

INVISIBLE = (
    "of a record is missing or unreadable. Build the model with missing_modalities=True, or leave such records out of "
    "the shards."
)
# On any number of processors: while one batch waits for its last record or is copied, others keep all of them busy.
PARALLEL_BATCHES = 4


class Streamed:
    """Records of a `ShardSplit`, decoded while they are used, or read as rows that were decoded before.

    An epoch holds every record once, the last batch being short; with several replicas, as many as they can share.

    Args:
        split: where the records are.
        modalities: fitted modalities by name.
        with_presence: whether the network is told what is missing. If not, a missing picture or sound is an error.
        replicas: among which each batch is shared.
    """

    def __init__(
        self, split: ShardSplit, modalities: Mapping[str, Modality], with_presence: bool, replicas: int = 1
    ) -> None:
        self.split, self.modalities, self.with_presence = split, modalities, with_presence
        self.records_of_epoch = len(split) // replicas * replicas
        self.row = DecodedRow(modalities, split.label)
        # What `decoded_once` has made of the records, as long as it is there.
        self.rows: RowFile | None = None
        # By step, and each set, not added to: several workers read ahead, and read some batches more than once.
        self._undecodable: tf.lookup.experimental.MutableHashTable | None = None
        self._steps_to_count = 0

    def __len__(self) -> int:
        return len(self.split)

    @functools.cached_property
    def labels(self) -> tf.Tensor:
        """All labels, in order; they alone lie in memory."""
        return tf.constant(self.split.labels)

    def steps(self, batch_size: int) -> int:
        """Batches of an epoch."""
        return -(-self.records_of_epoch // batch_size)

    def settings(self) -> dict[str, Any]:
        """What the batches depend on beside what `fit` is given, for a run that resumes."""
        return {"digest": self.split.digest, "shuffle_buffer": self.split.shuffle_buffer, "readers": self.split.readers}

    def training_batches(
        self, *, batch_size: int, seed: int, augment: bool = True, first_epoch: int = 0, first_step: int = 0
    ) -> tf.data.Dataset:
        """Endless batches of (inputs, labels), as `pipeline.training_batches` makes them of what is in memory.

        Of one shard that fits into the shuffle buffer, and a number of records that `batch_size` divides, they are the
        very same.
        """
        steps, decoded_before = self.steps(batch_size), self.rows
        # Counted in the first epoch that runs: every epoch holds the same records. Not in a variable, which a strategy
        # would make a copy of for each replica.
        with tf.device("CPU"):
            zeros = tf.zeros(len(self.modalities), tf.int64)
            found = tf.lookup.experimental.MutableHashTable(tf.int64, tf.int64, default_value=zeros)
        self._undecodable, self._steps_to_count = found, steps

        @as_it_stands
        def make(step: tf.Tensor, records: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            tensors, labels = self.decoded(records) if decoded_before is None else self.row.unpack(records)
            content, presence, broken = tensors
            count = tf.reduce_sum(tf.cast(broken, tf.int64), 0)
            counted = tf.cond(step // steps == first_epoch, lambda: found.insert(step, count), tf.no_op)
            with tf.control_dependencies([counted, *self.visible(presence)]):
                inputs = {name: tf.identity(tensor) for name, tensor in content.items()}
            if augment:
                inputs = augmented(inputs, self.modalities, seed, step)
            return {**inputs, PRESENCE: presence} if self.with_presence else inputs, labels

        batches = self.split.epochs(
            batch_size,
            seed=seed,
            first_epoch=first_epoch,
            first_step=first_step,
            records=self.records_of_epoch,
            rows=decoded_before,
        )
        numbered = batches.enumerate(first_epoch * steps + first_step)
        return numbered.map(make, num_parallel_calls=PARALLEL_BATCHES).prefetch(2).with_options(quiet())

    def decoded(self, serialised: tf.Tensor) -> tuple[Tensors, tf.Tensor]:
        """A batch of serialised records as the network reads it, and the labels."""
        raw, labels = parse_labelled(self.modalities, self.split.label, serialised)
        return raw_to_tensors(self.modalities, raw), labels

    def visible(self, presence: tf.Tensor) -> list[tf.Operation]:
        """Checks that nothing is missing that the network would take for something that is there."""
        if self.with_presence:
            return []
        return [
            tf.debugging.assert_greater(presence[:, column], 0.0, message=f"{name} {INVISIBLE}")
            for column, (name, modality) in enumerate(self.modalities.items())
            if not modality.shows_absence
        ]

    def undecodable_counts(self) -> dict[str, int]:
        """How many values of each modality could not be decoded."""
        if self._undecodable is None or int(self._undecodable.size()) < self._steps_to_count:
            # No epoch has run to its end here, as when a run resumes behind its last one.
            for _ in self.training_batches(batch_size=256, seed=0, augment=False).take(self.steps(256)):
                pass
        assert self._undecodable is not None
        _, by_step = self._undecodable.export()
        found = zip(self.modalities, tf.reduce_sum(by_step, 0).numpy().tolist(), strict=True)
        return {name: count for name, count in found if count}


def steps_of(train: Prepared | Streamed, batch_size: int) -> int:
    """Training steps of one epoch."""
    return train.steps(batch_size) if isinstance(train, Streamed) else steps_per_epoch(len(train), batch_size)


def batches_of(
    train: Prepared | Streamed,
    modalities: Mapping[str, Modality],
    *,
    with_presence: bool,
    replicas: int = 1,
    data_service: Sequence[str] = (),
    **drawn: Any,
) -> tf.data.Dataset:
    """Endless batches of (inputs, labels) of either kind of split, in the same order wherever they are made.

    Args:
        train, modalities, with_presence, replicas, drawn: as of `pipeline.training_batches`.
        data_service: addresses of the services that make them, of a split in memory; none for this process.
    """
    if isinstance(train, Streamed):
        return train.training_batches(**drawn)
    part_of = functools.partial(
        training_batches, train, modalities, with_presence=with_presence, replicas=replicas, **drawn
    )
    if not data_service:
        return part_of()
    return batches_of_services(lambda part, parts: part_of(part=part, parts=parts), train, data_service)


@contextlib.contextmanager
def explained(train: Prepared | Streamed) -> Iterator[None]:
    """Say what is wrong with the shards where the training in the block fails because of them.

    Raises:
        ShardError: a shard is broken; the message names file and record.
        ValueError: a picture or a sound is missing and the network is not told.
    """
    if not isinstance(train, Streamed):
        yield
        return
    try:
        with train.split.explained():
            yield
    except tf.errors.InvalidArgumentError as error:
        for name in train.modalities:
            if f"{name} {INVISIBLE}" in str(error):
                raise ValueError(f"{name!r} {INVISIBLE}") from error
        raise


def left_out(**splits: Any) -> dict[str, dict[str, int]]:
    """How many records of each split are broken in its shards and were left out; nothing of other data."""
    sharded = {name: split for name, split in splits.items() if isinstance(split, ShardSplit)}
    if not sharded:
        return {}
    return {"left_out": {name: sum(fault.records for fault in split.skipped) for name, split in sharded.items()}}


def refuse_in_stream(**asked: Any) -> None:
    """Refuse what needs the whole training split in memory; given by the names of arguments of `fit`.

    Raises:
        ValueError: one of them is asked for.
    """
    for name, value in asked.items():
        if value is not None:
            raise ValueError(
                f"{name}={short(value)} needs the training split in memory, and shards are read while training. Leave "
                "it out, or train on the data set that the shards were written from."
            )


def in_memory(split: Prepared | Streamed) -> Prepared:
    """The split for what needs all of its records, which `refuse_in_stream` has refused where they are streamed."""
    assert isinstance(split, Prepared)
    return split


def short(value: Any) -> str:
    """A value as a message shows it."""
    return "..." if isinstance(value, (tuple, np.ndarray)) else repr(value)
