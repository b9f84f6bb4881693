"""`monitoring.config`: the figures that the server exports, what they are called, and who fetches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message

from multimodal_zoo.export.serving_folder.protos import declared
from multimodal_zoo.monitoring.drift import GAUGE

if TYPE_CHECKING:
    from multimodal_zoo.export.serving_folder.kubernetes import Cluster

METRICS_PATH = "/monitoring/prometheus/metrics"

# Counter of requests, labels model_name and status ("OK" or the name of an error code).
REQUEST_COUNT = ":tensorflow:serving:request_count"
# Histogram of microseconds, labels model_name, API and entrypoint; the limits of its buckets grow by 1.8 from 10.
REQUEST_LATENCY_BUCKET = ":tensorflow:serving:request_latency_bucket"
# Not the server's: `multimodal-zoo drift --prometheus FILE` writes it. 0 is no drift.
INPUT_DRIFT = GAUGE


def monitoring_config(path: str = METRICS_PATH) -> Message:
    """The `MonitoringConfig` that makes the server answer Prometheus.

    Args:
        path: of the metrics on the REST port.

    Returns:
        The message.
    """
    config = declared("MonitoringConfig")()
    config.prometheus_config.enable = True
    config.prometheus_config.path = path
    return config


def service_monitor(cluster: Cluster) -> dict[str, Any]:
    """The `ServiceMonitor` (Prometheus operator) that fetches the metrics of the service.

    Args:
        cluster: how the server stands in the cluster.

    Returns:
        The manifest.
    """
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": cluster.metadata(cluster.name, dict(cluster.monitor_labels)),
        "spec": {
            "selector": {"matchLabels": cluster.labels()},
            "endpoints": [{"port": "rest", "path": METRICS_PATH, "interval": "15s"}],
        },
    }
