"""What docs/scale.md takes for granted: the table, the data, the machines, the network, and how often they fail."""

from __future__ import annotations

import dataclasses

NUMBER, ID = 4, 4  # bytes of a float32 and of an int32


@dataclasses.dataclass(frozen=True)
class Assumptions:
    """A training on very many ids by very many workers.

    Args:
        rows, width: of the one table that all ids are looked up in.
        ids: of a record; as many as Criteo's records have. The ids of a batch all differ: the most there is to send.
        batch: records of a worker in a step.
        workers: how many, for the columns of the tables.
        memory: bytes that a worker has for its part of the table and for the optimiser's numbers.
        gigabits: of the network, each way, for every worker at once.
        latency: seconds that a message takes beside its bytes.
        records: of an epoch, about as many as Criteo's terabyte has.
        shard_records: of a file.
        storage: bytes that one writer of a checkpoint writes in a second.
        restart: seconds from a failure to the first step of the job that is started again.
        failures, days, accelerators: how many interruptions so many accelerators had in so many days.
    """

    rows: int = 10**9
    width: int = 16
    ids: int = 26
    batch: int = 1024
    workers: tuple[int, ...] = (2, 8, 64, 1000)
    memory: float = 48e9
    gigabits: tuple[float, ...] = (10, 25, 100)
    latency: float = 50e-6
    records: int = 4 * 10**9
    shard_records: int = 10**6
    storage: float = 1e9
    restart: float = 600.0
    failures: int = 419
    days: int = 54
    accelerators: int = 16_384

    @property
    def looked_up(self) -> int:
        """Rows that a worker asks for in a step."""
        return self.batch * self.ids

    @property
    def row_bytes(self) -> int:
        """Of the numbers of a row, without the optimiser's."""
        return NUMBER * self.width

    @property
    def worker_failure_seconds(self) -> float:
        """Mean time between the failures of one worker: that of one accelerator."""
        return self.days * 86_400 * self.accelerators / self.failures


ASSUMED = Assumptions()
