"""What the workers of one training share: the batches, and the unfinished work of their chief."""

from __future__ import annotations

import contextlib
import io
import math
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.training.keras_repairs import spans_workers

# Of one exchange: 64 MB.
NUMBERS = 2**24


def is_chief(model: keras.Model) -> bool:
    """Whether this process is the one that writes: the only one, or the first of several workers."""
    strategy = model.distribute_strategy
    return not spans_workers(strategy) or strategy.extended._is_chief


def each_its_part(batches: tf.data.Dataset, model: keras.Model) -> tf.data.Dataset:
    """Batches of which TensorFlow gives each worker its own part, in the order of the workers.

    Every worker makes the whole batch and keeps its part: so the order and all random draws are those of one process.
    """
    policy = tf.data.experimental.AutoShardPolicy
    options = tf.data.Options()
    # OFF would leave the whole batch to every worker.
    options.experimental_distribute.auto_shard_policy = (
        policy.DATA if spans_workers(model.distribute_strategy) else policy.OFF
    )
    return batches.with_options(options)


@contextlib.contextmanager
def chiefs_checkpoints(folder: Path | None, model: keras.Model, resumable: bool) -> Iterator[Path | None]:
    """A folder with the checkpoints of the chief, for all workers to go on from.

    Args:
        folder: of the chief's checkpoints; of other workers it does not count.
        model: built under the strategy.
        resumable: whether there may be something to go on from.
    """
    strategy = model.distribute_strategy
    if not (resumable and spans_workers(strategy)):
        yield folder
    elif is_chief(model):
        from_chief(packed(folder), strategy)
        yield folder
    else:
        with tempfile.TemporaryDirectory() as copy:
            unpack(from_chief(b"", strategy), Path(copy))
            yield Path(copy)


def minutes_between_checkpoints(model: keras.Model, minutes: float) -> float:
    """Over several workers there is none within an epoch, where each has counted and averaged for itself."""
    return math.inf if spans_workers(model.distribute_strategy) else minutes


def packed(folder: Path | None) -> bytes:
    """The files of a folder, if there is one."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path in sorted(folder.glob("*")) if folder is not None else ():
            archive.add(path, path.name)
    return content.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Write the files of `packed` into a folder."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")


def from_chief(content: bytes, strategy: tf.distribute.Strategy) -> bytes:
    """The chief's bytes, on every worker. All workers have to call it; only the content of the chief counts."""
    length = int(broadcast(np.array(divmod(len(content), 2**16), "float32"), strategy) @ (2**16, 1))
    # Pairs of bytes: whole numbers below 2^24 are exact in float32, which every device can add up.
    pairs = np.zeros(math.ceil(length / 2), "<u2")
    pairs.view(np.uint8)[: len(content)] = np.frombuffer(content, np.uint8)
    numbers = pairs.astype("float32")
    parts = [broadcast(numbers[start : start + NUMBERS], strategy) for start in range(0, len(numbers), NUMBERS)]
    return np.concatenate([*parts, np.zeros(0, "float32")]).astype("<u2").tobytes()[:length]


def broadcast(numbers: np.ndarray, strategy: tf.distribute.Strategy) -> np.ndarray:
    """The chief's numbers: a sum in which those of all other replicas are 0."""

    @tf.function
    def total(own: tf.Tensor) -> tf.Tensor:
        def add() -> tf.Tensor:
            replica = tf.distribute.get_replica_context()
            is_first = tf.cast(replica.replica_id_in_sync_group == 0, own.dtype)
            return replica.all_reduce(tf.distribute.ReduceOp.SUM, own * is_first)

        return strategy.run(add)

    return strategy.experimental_local_results(total(tf.constant(numbers)))[0].numpy()
