"""What the workers of one training share: the batches, and the unfinished work of their chief."""

from __future__ import annotations

import io
import math
import tarfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from multimodal_zoo.training.keras_repairs import spans_workers
from multimodal_zoo.training.resume import resume_point

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


def common_resume_point(work: Path, settings: dict[str, Any], model: keras.Model, shared: bool) -> int:
    """The epoch that all workers go on from, each with a copy of what the chief's work folder holds.

    Args:
        work: the folder of this worker, empty where it is not the chief.
        settings: see `resume_point`.
        model: built under the strategy.
        shared: whether there may be something to go on from.
    """
    if not (shared and spans_workers(model.distribute_strategy)):
        return resume_point(work, settings)
    if is_chief(model):
        first_epoch = resume_point(work, settings)
        from_chief(packed(work), model.distribute_strategy)
        return first_epoch
    unpack(from_chief(b"", model.distribute_strategy), work)
    return resume_point(work, settings)


def packed(work: Path) -> bytes:
    """The files of a work folder, but for the logs."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path in sorted(work.iterdir()):
            if path.name != "logs":
                archive.add(path, path.name)
    return content.getvalue()


def unpack(content: bytes, work: Path) -> None:
    """Write the files of `packed` into a folder."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(work, filter="data")


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
