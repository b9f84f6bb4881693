"""A training on several pods: an indexed Job of Kubernetes with its Service, or a TFJob of Kubeflow's operator."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

PORT = 2222
# A Job's pods carry its name and their number, and both together have to be a label of DNS.
NAME = re.compile(r"[a-z]([a-z0-9-]{0,48}[a-z0-9])?")


@dataclasses.dataclass(frozen=True)
class TrainingJob:
    """How a training stands in a Kubernetes cluster.

    Args:
        command: what each pod runs, such as `("multimodal-zoo", "train", ..., "--strategy", "multi_worker")`.
        image: with Python, this package and its data sets' files, or a network to fetch them from.
        workers: number of pods.
        restarts: how many failures of pods the job bears.
        name: of the job and its Service; lower case, digits and '-'.
        namespace: None leaves it to `kubectl`.
        claim: a PersistentVolumeClaim that is mounted at `mount`; None where there is none. Only the first worker
            writes, but all of them mount it: on several nodes it has to be ReadWriteMany.
        mount: where the claim is, and the folder that the command starts in.
        cpu: cores requested for a pod.
        memory: requested for a pod, and its limit.
        gpus: NVIDIA GPUs of each pod.

    Raises:
        ValueError: a name that Kubernetes does not take, or fewer than one worker.
    """

    command: Sequence[str]
    image: str
    workers: int = 2
    restarts: int = 6
    name: str = "multimodal-zoo-training"
    namespace: str | None = None
    claim: str | None = None
    mount: str = "/training"
    cpu: str = "2"
    memory: str = "8Gi"
    gpus: int = 0

    def __post_init__(self) -> None:
        for field in ("name", "namespace"):
            value = getattr(self, field)
            if value is not None and not NAME.fullmatch(value):
                raise ValueError(
                    f"{field} has to be a name that Kubernetes takes (at most 50 of a-z, 0-9 and '-', a letter first, "
                    f"no '-' last), got {value!r}."
                )
        if self.workers < 1 or self.restarts < 0 or self.gpus < 0:
            raise ValueError(
                "There is at least one worker and no negative number of restarts or GPUs, got "
                f"{self.workers}, {self.restarts} and {self.gpus}."
            )

    def metadata(self) -> dict[str, Any]:
        """Name, namespace where one is given, and labels."""
        place = {"namespace": self.namespace} if self.namespace else {}
        return {"name": self.name, **place, "labels": {"app.kubernetes.io/name": self.name}}

    def container(self, name: str, port: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
        """The container of a worker."""
        limits: dict[str, Any] = {"memory": self.memory, **({"nvidia.com/gpu": self.gpus} if self.gpus else {})}
        described = {
            "name": name,
            "image": self.image,
            "command": list(self.command),
            "env": [{"name": key, "value": value} for key, value in environment.items()],
            "ports": [port],
            "resources": {"requests": {"cpu": self.cpu, "memory": self.memory}, "limits": limits},
        }
        if self.claim:
            described["workingDir"] = self.mount
            described["volumeMounts"] = [{"name": "training", "mountPath": self.mount}]
        return described

    def volumes(self) -> dict[str, Any]:
        """The pod's volumes: the claim, where there is one."""
        if not self.claim:
            return {}
        return {"volumes": [{"name": "training", "persistentVolumeClaim": {"claimName": self.claim}}]}


def indexed_job(job: TrainingJob) -> list[dict[str, Any]]:
    """A headless Service, by which the pods find each other, and an indexed Job.

    Each pod knows its number from JOB_COMPLETION_INDEX, which Kubernetes sets, and all addresses from
    MULTIMODAL_ZOO_WORKERS. When one fails, the others fail with it and every container is started again in its place.
    """
    port = {"name": "tensorflow", "containerPort": PORT}
    addresses = ",".join(f"{job.name}-{number}.{job.name}:{PORT}" for number in range(job.workers))
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": job.metadata(),
        "spec": {
            "clusterIP": "None",
            "selector": {"batch.kubernetes.io/job-name": job.name},
            # The workers wait for each other before any of them is ready.
            "publishNotReadyAddresses": True,
            "ports": [{"name": "tensorflow", "port": PORT}],
        },
    }
    pod = {
        "restartPolicy": "OnFailure",
        "subdomain": job.name,
        "containers": [job.container("worker", port, {"MULTIMODAL_ZOO_WORKERS": addresses})],
        **job.volumes(),
    }
    return [
        service,
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": job.metadata(),
            "spec": {
                "completionMode": "Indexed",
                "completions": job.workers,
                "parallelism": job.workers,
                # Every failure is counted, and one worker's is one of each.
                "backoffLimit": job.restarts * job.workers,
                "template": {"metadata": {"labels": job.metadata()["labels"]}, "spec": pod},
            },
        },
    ]


def tf_job(job: TrainingJob) -> list[dict[str, Any]]:
    """A TFJob, whose operator sets TF_CONFIG; the names of container and port are those it looks for."""
    container = job.container("tensorflow", {"name": "tfjob-port", "containerPort": PORT}, {})
    del container["env"]
    return [
        {
            "apiVersion": "kubeflow.org/v1",
            "kind": "TFJob",
            "metadata": job.metadata(),
            "spec": {
                # The first worker has written the bundle when it ends, but the others are to end well, too.
                "successPolicy": "AllWorkers",
                "runPolicy": {"cleanPodPolicy": "None", "backoffLimit": job.restarts * job.workers},
                "tfReplicaSpecs": {
                    "Worker": {
                        "replicas": job.workers,
                        "restartPolicy": "OnFailure",
                        "template": {"spec": {"containers": [container], **job.volumes()}},
                    }
                },
            },
        }
    ]


def manifest_text(documents: Sequence[dict[str, Any]]) -> str:
    """Manifests as YAML, for `kubectl apply -f`.

    Raises:
        ImportError: PyYAML is not installed.
    """
    try:
        import yaml
    except ModuleNotFoundError as error:
        message = "Manifests need the package PyYAML: pip install 'multimodal-zoo[launch]'."
        raise ImportError(message) from error
    return yaml.safe_dump_all(documents, sort_keys=False, width=120)
