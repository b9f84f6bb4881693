"""`kubernetes/deployment.yaml` and `service.yaml`: the server in a cluster."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from multimodal_zoo.export.serving_folder.server_flags import GRPC_PORT, IMAGE, MOUNT, REST_PORT
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError

DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
VOLUME = "models"


@dataclasses.dataclass(frozen=True)
class Cluster:
    """How the server stands in a Kubernetes cluster.

    Args:
        name: of the Deployment, the Service and what belongs to them; lower case, digits and '-'.
        namespace: None leaves it to `kubectl`.
        image: of the model server.
        claim: the PersistentVolumeClaim that holds a copy of the serving folder.
        cpu: cores requested for a pod, such as `"1"` or `"500m"`.
        memory: requested for a pod, and its limit, such as `"2Gi"`.
        min_replicas: fewest pods, at least 1.
        max_replicas: most pods, at least `min_replicas`.
        requests_per_second: for each pod, above which another one is started; greater than 0.
        monitor_labels: labels by which the cluster's Prometheus selects ServiceMonitors and rules.

    Example:
        >>> Cluster(name="diagnosis", namespace="clinic", monitor_labels={"release": "prometheus"})
    """

    name: str = "multimodal-zoo"
    namespace: str | None = None
    image: str = IMAGE
    claim: str = "multimodal-zoo-models"
    cpu: str = "1"
    memory: str = "2Gi"
    min_replicas: int = 1
    max_replicas: int = 8
    requests_per_second: int = 50
    monitor_labels: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for field in ("name", "namespace", "claim"):
            value = getattr(self, field)
            if value is not None and not DNS_LABEL.fullmatch(value):
                raise ServingFolderError(
                    f"{field} has to be a name that Kubernetes takes (at most 63 of a-z, 0-9 and '-', none of them "
                    f"'-' at either end), got {value!r}."
                )
        if not 1 <= self.min_replicas <= self.max_replicas:
            raise ServingFolderError(
                f"1 <= min_replicas <= max_replicas was expected, got {self.min_replicas} and {self.max_replicas}."
            )
        if not self.requests_per_second > 0:
            raise ServingFolderError(f"requests_per_second has to be greater than 0, got {self.requests_per_second}.")

    def labels(self) -> dict[str, str]:
        """The labels of the pods, by which everything else selects them."""
        return {"app.kubernetes.io/name": self.name, "app.kubernetes.io/component": "model-server"}

    def metadata(self, name: str, more: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The metadata of a manifest: its name, its namespace where one is given, and the labels."""
        place = {"namespace": self.namespace} if self.namespace else {}
        return {"name": name, **place, "labels": {**self.labels(), **(more or {})}}

    def resources(self) -> dict[str, Any]:
        """What a container asks for. CPU has no limit: a limit throttles the threads of a batch."""
        return {"requests": {"cpu": self.cpu, "memory": self.memory}, "limits": {"memory": self.memory}}


DEFAULT_CLUSTER = Cluster()


def deployment(cluster: Cluster, flags: Sequence[str], model: str) -> dict[str, Any]:
    """The Deployment of the server.

    Args:
        cluster: how the server stands in the cluster.
        flags: of the server.
        model: the model whose status the probes ask for. The REST port opens once all models are loaded and warm, so
            that one stands for all.

    Returns:
        The manifest. It has no `replicas`: their number is the autoscaler's.
    """
    status = {"httpGet": {"path": f"/v1/models/{model}", "port": "rest"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": cluster.metadata(cluster.name),
        "spec": {
            "selector": {"matchLabels": cluster.labels()},
            # A new pod answers before an old one goes.
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                "metadata": {"labels": cluster.labels()},
                "spec": {
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": 1000,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "automountServiceAccountToken": False,
                    "containers": [
                        {
                            "name": "model-server",
                            "image": cluster.image,
                            "args": list(flags),
                            "ports": [
                                {"name": "grpc", "containerPort": GRPC_PORT},
                                {"name": "rest", "containerPort": REST_PORT},
                            ],
                            # Ten minutes to load the models and warm them up.
                            "startupProbe": {**status, "periodSeconds": 5, "failureThreshold": 120},
                            "readinessProbe": {**status, "periodSeconds": 5, "timeoutSeconds": 3},
                            "livenessProbe": {
                                **status,
                                "periodSeconds": 10,
                                "timeoutSeconds": 5,
                                "failureThreshold": 6,
                            },
                            "resources": cluster.resources(),
                            "securityContext": {
                                "allowPrivilegeEscalation": False,
                                "capabilities": {"drop": ["ALL"]},
                            },
                            "volumeMounts": [{"name": VOLUME, "mountPath": MOUNT, "readOnly": True}],
                        }
                    ],
                    "volumes": [
                        {"name": VOLUME, "persistentVolumeClaim": {"claimName": cluster.claim, "readOnly": True}}
                    ],
                },
            },
        },
    }


def service(cluster: Cluster) -> dict[str, Any]:
    """The Service in front of the pods: gRPC on 8500, REST and metrics on 8501.

    Args:
        cluster: how the server stands in the cluster.

    Returns:
        The manifest.
    """
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": cluster.metadata(cluster.name),
        "spec": {
            "selector": cluster.labels(),
            "ports": [
                {"name": "grpc", "port": GRPC_PORT, "targetPort": "grpc"},
                {"name": "rest", "port": REST_PORT, "targetPort": "rest"},
            ],
        },
    }
