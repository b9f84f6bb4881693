"""Write shards by Apache Beam, on whatever it runs on: the same plan, files, checks and index as `write_shards`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from multimodal_zoo.datasets import DataSet
from multimodal_zoo.shards.shard_index import ShardError, ShardIndex
from multimodal_zoo.shards.shard_job import ShardJob
from multimodal_zoo.shards.write_shards import Source, as_source, plan


def write_shards_by_beam(
    data: DataSet | Source,
    folder: str | os.PathLike[str],
    *,
    records_per_shard: int | None = None,
    shards: int | None = None,
    seed: int | None = None,
    options: Sequence[str] = (),
) -> ShardIndex:
    """As `write_shards`, the shards being the elements of a Beam pipeline.

    A shard is written by one worker: a piece of work that is done twice leaves the same file. An interrupted pipeline
    goes on with the same call, and either function with what the other has begun.

    Args:
        data: a `DataSet`, which travels to the workers, or what `read_tables` gives: then the rows are read by the
            workers, and the files have to be at the same path on every machine.
        folder: where the shards go: at the same path on every machine, such as a network file system.
        records_per_shard, shards, seed: as of `write_shards`.
        options: of Beam, such as `["--runner=FlinkRunner", "--flink_master=host:8081"]`; () runs on this machine.

    Returns:
        The index.

    Raises:
        ShardError: as `write_shards`, or a worker has written to another folder than this machine sees.
        ImportError: the extra `beam` is not installed.

    Example:
        >>> write_shards_by_beam(read_tables(["/mnt/films.parquet"], "schema.json"), "/mnt/shards", shards=1000)
    """
    beam = import_beam()
    from apache_beam.options.pipeline_options import PipelineOptions

    planned = plan(as_source(data, seed), folder, records_per_shard=records_per_shard, shards=shards)
    if planned.done is not None:
        return planned.done
    jobs = list(planned.jobs())
    with beam.Pipeline(options=PipelineOptions(list(options))) as pipeline:
        # Without the reshuffle, what a runner fuses with the list of jobs is done by one worker.
        _ = pipeline | "Plan" >> beam.Create(jobs) | beam.Reshuffle() | "Write" >> beam.Map(write_job)
    written = []
    for job in jobs:
        shard = job.finished()
        if shard is None:
            raise ShardError(
                f"{job.file} was written, but not to {folder} as this machine sees it: the folder has to be at one "
                "path on every machine."
            )
        written.append(shard)
    return planned.finish(written)


def write_job(job: ShardJob) -> str:
    """Write a shard, unless it is there; gives its name."""
    return (job.finished() or job.write()).file


def import_beam() -> Any:
    """The module apache_beam, or an ImportError that names the extra."""
    try:
        import apache_beam
    except ImportError as error:
        raise ImportError(
            "Writing by Beam needs apache-beam: pip install 'multimodal-zoo[beam]', without constraints.txt, whose "
            "newer protobuf Beam does not take. `write_shards` uses the processors of this machine and needs nothing."
        ) from error
    return apache_beam
