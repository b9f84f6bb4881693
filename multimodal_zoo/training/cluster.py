"""Which workers train together, and which of them this process is: from TF_CONFIG, Slurm or Kubernetes.

Whoever says it, it ends as `TF_CONFIG`, the one description that all of TensorFlow reads.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from tensorflow.compiler.xla.tsl.protobuf import coordination_config_pb2
from tensorflow.python.distribute import multi_worker_util
from tensorflow.python.distribute.cluster_resolver.slurm_cluster_resolver import expand_hostlist, expand_tasks_per_node
from tensorflow.python.eager import context

# Beside JOB_COMPLETION_INDEX, which Kubernetes sets in the pods of an indexed Job: "trainer-0.trainer:2222,...".
KUBERNETES_WORKERS = "MULTIMODAL_ZOO_WORKERS"
# After so long without a sign of life a worker counts as dead.
SILENCE_MS = 60_000
HOW_TO = "Set TF_CONFIG, run it under `srun`, or start it here by `multimodal-zoo launch --workers 2 -- train ...`."


def cluster_of(environment: Mapping[str, str]) -> dict[str, Any] | None:
    """The cluster that a process with this environment belongs to, as TF_CONFIG has it; None where there is none.

    TF_CONFIG goes before Kubernetes, and that before Slurm. Of Kubernetes, an indexed Job is read: its number from
    JOB_COMPLETION_INDEX and the addresses of all from MULTIMODAL_ZOO_WORKERS, as `multimodal-zoo launch --manifest
    kubernetes` sets them. TensorFlow's own KubernetesClusterResolver asks the API server instead, for which pods have
    to be given the right to list pods, and does not tell a process which worker it is.

    Args:
        environment: such as `os.environ`.

    Returns:
        `{"cluster": {"worker": [address, ...]}, "task": {"type": "worker", "index": number}}`.

    Raises:
        ValueError: a description that is none.

    Example:
        >>> cluster_of({"JOB_COMPLETION_INDEX": "1", "MULTIMODAL_ZOO_WORKERS": "a:2222,b:2222"})["task"]
        {'type': 'worker', 'index': 1}
    """
    if environment.get("TF_CONFIG"):
        return read_tf_config(environment["TF_CONFIG"])
    if environment.get(KUBERNETES_WORKERS):
        return indexed_job(environment)
    if "SLURM_STEP_NODELIST" in environment:
        return slurm_step(environment)
    return None


def worker_count(cluster: Mapping[str, Any] | None) -> int:
    """How many workers train together, the chief among them; 0 without a cluster."""
    described = (cluster or {}).get("cluster", {})
    return sum(len(described.get(job, ())) for job in ("chief", "worker"))


def read_tf_config(text: str) -> dict[str, Any]:
    """TF_CONFIG, once it is found to be one."""
    expected = '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}'
    try:
        config = json.loads(text)
        if not config.get("cluster"):
            return {"cluster": {}, "task": {}}
        job, index = config["task"]["type"], int(config["task"]["index"])
        known = index in range(len(config["cluster"][job]))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(f"TF_CONFIG has to be JSON like {expected}, got {text!r}.") from None
    if not known:
        raise ValueError(f"TF_CONFIG says that this is {job} {index}, and there are {len(config['cluster'][job])}.")
    return config


def indexed_job(environment: Mapping[str, str]) -> dict[str, Any]:
    """The workers of an indexed Job of Kubernetes."""
    workers = [one.strip() for one in environment[KUBERNETES_WORKERS].split(",") if one.strip()]
    number = environment.get("JOB_COMPLETION_INDEX", "")
    if not number.isdigit() or int(number) >= len(workers):
        raise ValueError(
            f"{KUBERNETES_WORKERS} names {len(workers)} workers, and JOB_COMPLETION_INDEX is {number!r}: the Job needs "
            f"completionMode: Indexed and {len(workers)} completions."
        )
    return {"cluster": {"worker": workers}, "task": {"type": "worker", "index": int(number)}}


def slurm_step(environment: Mapping[str, str]) -> dict[str, Any]:
    """The workers of a step of Slurm, one for each task of `srun`.

    TensorFlow's SlurmClusterResolver is not used itself: it fails on nodes without GPUs (a range with a step of 0, or
    no nvidia-smi), and sorts the nodes as texts, n10 before n2, so that ranks get the addresses of other nodes. GPUs
    are left to Slurm: `srun --gpus-per-task=1`.
    """
    # Apart for jobs that share a node.
    first_port = 10_000 + int(environment.get("SLURM_JOB_ID", "0")) % 1000 * 50
    hosts = expand_hostlist(environment["SLURM_STEP_NODELIST"])
    tasks = expand_tasks_per_node(environment["SLURM_STEP_TASKS_PER_NODE"])
    workers = [
        f"{host}:{first_port + number}" for host, count in zip(hosts, tasks, strict=True) for number in range(count)
    ]
    return {"cluster": {"worker": workers}, "task": {"type": "worker", "index": int(environment["SLURM_PROCID"])}}


def bear_with_slow_workers(cluster: Mapping[str, Any]) -> None:
    """Configure the coordination of the workers before the strategy does, which leaves no choice of the time-out.

    A process that stands still for its ten seconds, on a machine with too much to do, would end the training of all.
    In a cluster the others learn after this time that one has died; `run_local_job` sees it at once.
    """
    jobs = [
        coordination_config_pb2.CoordinatedJob(name=job, num_tasks=len(addresses))
        for job, addresses in cluster["cluster"].items()
    ]
    context.context().configure_coordination_service(
        service_type="standalone",
        service_leader=multi_worker_util.coordination_leader(cluster["cluster"]),
        coordinated_jobs=jobs,
        heartbeat_timeout_in_ms=SILENCE_MS,
    )


def join_cluster() -> dict[str, Any]:
    """The cluster of this process, written to its TF_CONFIG, where TensorFlow's resolver finds it.

    Raises:
        RuntimeError: there is none.
        ValueError: it has tasks that are no workers.
    """
    cluster = cluster_of(os.environ)
    if cluster is None or not worker_count(cluster):
        raise RuntimeError(f"strategy 'multi_worker' finds no cluster. {HOW_TO}")
    others = [job for job in cluster["cluster"] if job not in ("chief", "worker")]
    if others:
        raise ValueError(
            f"strategy 'multi_worker' takes a cluster of workers alone, and this one has {others[0]!r}. The workers "
            "evaluate together, and every one of them holds all weights: leave it out."
        )
    os.environ["TF_CONFIG"] = json.dumps(cluster)
    return cluster
