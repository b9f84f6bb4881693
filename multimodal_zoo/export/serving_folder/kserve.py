"""`kserve/inference-services.yaml`: the models under KServe, in place of the Deployment."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from multimodal_zoo.export.serving_folder.kubernetes import DNS_LABEL, VOLUME, Cluster
from multimodal_zoo.export.serving_folder.server_flags import MOUNT, session_flags
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError


def inference_services(cluster: Cluster, models: Sequence[str], files: Collection[str]) -> list[dict[str, Any]]:
    """The InferenceService of each model.

    Args:
        cluster: how the server stands in the cluster.
        models: names of the models.
        files: names of the files written beside them.

    Returns:
        One manifest a model, for KServe's runtime for TensorFlow serves one model each, its newest version, under the
        name of the InferenceService (`lstnet-diagnosis` for `lstnet_diagnosis`). Labels have no part in it: KServe
        has `canaryTrafficPercent` for that.

    Raises:
        ServingFolderError: two names become the same one, or one becomes none that Kubernetes takes.
    """
    names: dict[str, str] = {}
    for model in models:
        name = service_name(model)
        if name in names:
            raise ServingFolderError(
                f"The models {names[name]!r} and {model!r} would both be the InferenceService {name!r}. Rename one."
            )
        names[name] = model
    return [inference_service(cluster, name, model, files) for name, model in names.items()]


def service_name(model: str) -> str:
    """The name of a model as Kubernetes takes it.

    Raises:
        ServingFolderError: nothing that Kubernetes takes is left of it.

    Example:
        >>> service_name("lstnet_diagnosis")
        'lstnet-diagnosis'
    """
    name = re.sub("[^a-z0-9]+", "-", model.lower()).strip("-")
    if not DNS_LABEL.fullmatch(name):
        raise ServingFolderError(
            f"The model {model!r} cannot name an InferenceService: {name!r} is too long. Rename it."
        )
    return name


def inference_service(cluster: Cluster, name: str, model: str, files: Collection[str]) -> dict[str, Any]:
    """The InferenceService `name` of `model`, on the same claim as the Deployment."""
    # KServe's runtime has a server of its own choice and age; the tag of the image says which one the models need.
    tag = cluster.image.rpartition("/")[2].partition(":")[2]
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            # KServe hands these labels on to its pods, which the Service of the Deployment is not to select.
            **cluster.metadata(name, {"app.kubernetes.io/component": "inference-service"}),
            "annotations": {"serving.kserve.io/enable-prometheus-scraping": "true"},
        },
        "spec": {
            "predictor": {
                "minReplicas": cluster.min_replicas,
                "maxReplicas": cluster.max_replicas,
                "model": {
                    "modelFormat": {"name": "tensorflow", "version": "2"},
                    "protocolVersion": "v1",
                    **({"runtimeVersion": tag} if tag else {}),
                    "storageUri": f"pvc://{cluster.claim}/{model}",
                    "args": session_flags(files),
                    "resources": cluster.resources(),
                    "volumeMounts": [{"name": VOLUME, "mountPath": MOUNT, "readOnly": True}],
                },
                "volumes": [{"name": VOLUME, "persistentVolumeClaim": {"claimName": cluster.claim, "readOnly": True}}],
            }
        },
    }
