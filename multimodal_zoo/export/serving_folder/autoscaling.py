"""`kubernetes/autoscaler.yaml`: as many pods as the requests need, and the metric by which they are counted."""

from __future__ import annotations

from typing import Any

from multimodal_zoo.export.serving_folder.kubernetes import Cluster
from multimodal_zoo.export.serving_folder.monitoring import REQUEST_COUNT

# The server exports a counter, which only grows; the adapter makes a rate of it.
REQUEST_RATE = "tensorflow_serving_requests_per_second"


def autoscaler(cluster: Cluster) -> dict[str, Any]:
    """The HorizontalPodAutoscaler of the Deployment, on requests per second and pod.

    Args:
        cluster: how the server stands in the cluster.

    Returns:
        The manifest. Its metric needs the rules of `adapter_rules` in the cluster's Prometheus adapter.
    """
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": cluster.metadata(cluster.name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": cluster.name},
            "minReplicas": cluster.min_replicas,
            "maxReplicas": cluster.max_replicas,
            "metrics": [
                {
                    "type": "Pods",
                    "pods": {
                        "metric": {"name": REQUEST_RATE},
                        "target": {"type": "AverageValue", "averageValue": str(cluster.requests_per_second)},
                    },
                }
            ],
            # A pod that starts has to load its models: quick to add, slow to take away.
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
        },
    }


def adapter_rules() -> dict[str, Any]:
    """The values for the Helm chart `prometheus-adapter` that make the autoscaler's metric out of the server's counter.

    Returns:
        The values: one rule, requests per second over the last two minutes, for each pod.
    """
    return {
        "rules": {
            "custom": [
                {
                    "seriesQuery": f'{{__name__="{REQUEST_COUNT}",namespace!="",pod!=""}}',
                    "resources": {"overrides": {"namespace": {"resource": "namespace"}, "pod": {"resource": "pod"}}},
                    "name": {"matches": f"^{REQUEST_COUNT}$", "as": REQUEST_RATE},
                    "metricsQuery": "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
                }
            ]
        }
    }
