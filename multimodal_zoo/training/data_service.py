"""Batches made by other processes or machines, in the order in which the trainer would have made them itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import tensorflow as tf

from multimodal_zoo.training.pipeline import Prepared

# Of a serialised graph, in which the split is sent.
MOST_BYTES = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class DataService:
    """A dispatcher of `tf.data` with one worker; it runs until it is closed.

    There is no password: who reaches its ports has it run any TensorFlow graph. It belongs into a closed network.

    Args:
        address: what trainers are given, such as "grpc://127.0.0.1:5000".
        dispatcher, worker: TensorFlow's servers.
    """

    address: str
    dispatcher: tf.data.experimental.service.DispatchServer
    worker: tf.data.experimental.service.WorkerServer

    def close(self) -> None:
        """End both servers."""
        self.worker._stop()
        self.dispatcher._stop()


def start_data_service(port: int = 0, host: str = "127.0.0.1") -> DataService:
    """Start a data service in this process.

    Args:
        port: of the dispatcher; 0 takes a free one. Its worker takes a free one, too.
        host: the name or address of this machine by which trainers reach it.

    Example:
        >>> service = start_data_service()
        >>> fit(model, data, data_service=[service.address])
    """
    service = tf.data.experimental.service
    dispatcher = service.DispatchServer(service.DispatcherConfig(port=port))
    at = dispatcher.target.rpartition(":")[2]
    worker = service.WorkerServer(
        service.WorkerConfig(dispatcher_address=f"127.0.0.1:{at}", worker_address=f"{host}:%port%")
    )
    return DataService(f"grpc://{host}:{at}", dispatcher, worker)


def batches_of_services(
    part_of: Callable[[int, int], tf.data.Dataset], prepared: Prepared, services: Sequence[str]
) -> tf.data.Dataset:
    """The batches of all parts in turn, each part made by a service.

    The services of `tf.data` promise an order for a single worker only. So each service has one, and its own part of
    the batches: the first of two makes the batches 0, 2, 4, ..., and the trainer takes from one after the other. Every
    service is sent the decoded split once.

    Args:
        part_of: makes part i of n, which holds the batches i, i + n, i + 2n, ...
        prepared: the split that the batches are made of.
        services: the addresses of running services.

    Raises:
        ValueError: an address that is none, or a split that is too large to be sent.
    """
    for service in services:
        if not service.startswith("grpc://"):
            raise ValueError(f"The address of a data service is like 'grpc://host:5000', got {service!r}.")
    size = sum(tensor.dtype.size * tensor.shape.num_elements() for tensor in prepared.content.values())
    if size > MOST_BYTES:
        raise ValueError(
            f"The decoded split has {size:,} bytes, and a data service takes at most {MOST_BYTES:,}. Train without, "
            "or on fewer records or smaller pictures."
        )
    policy = tf.data.experimental.service.ShardingPolicy.OFF
    parts = [
        part_of(number, len(services)).apply(tf.data.experimental.service.distribute(policy, service))
        for number, service in enumerate(services)
    ]
    in_turn = tf.data.Dataset.range(len(parts)).repeat()
    return tf.data.Dataset.choose_from_datasets(parts, in_turn, stop_on_empty_dataset=True)
