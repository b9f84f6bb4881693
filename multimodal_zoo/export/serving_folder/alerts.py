"""`kubernetes/alerts.yaml`: when somebody has to look: errors, slow answers, inputs unlike those of the training."""

from __future__ import annotations

import dataclasses
from typing import Any

from multimodal_zoo.export.serving_folder.kubernetes import Cluster
from multimodal_zoo.export.serving_folder.monitoring import INPUT_DRIFT, REQUEST_COUNT, REQUEST_LATENCY_BUCKET
from multimodal_zoo.export.serving_folder.serving_folder_error import ServingFolderError


@dataclasses.dataclass(frozen=True)
class AlertLimits:
    """Above what an alert fires.

    Args:
        error_rate: share of the requests of a model that fail, for whatever reason, over 5 minutes; in (0, 1).
        p99_milliseconds: time within which 99 % of the requests of a model are answered, over 5 minutes; greater than
            0. The server counts in buckets whose limits grow by 1.8, so that the figure is an interpolation.
        input_drift: of `multimodal_zoo_input_drift`, for a modality; greater than 0.

    Example:
        >>> AlertLimits(error_rate=0.001, p99_milliseconds=100)
    """

    error_rate: float = 0.01
    p99_milliseconds: float = 500
    input_drift: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.error_rate < 1:
            raise ServingFolderError(f"error_rate has to be between 0 and 1, got {self.error_rate}.")
        for name in ("p99_milliseconds", "input_drift"):
            if not getattr(self, name) > 0:
                raise ServingFolderError(f"{name} has to be greater than 0, got {getattr(self, name)}.")


DEFAULT_LIMITS = AlertLimits()


def alert_rules(cluster: Cluster, limits: AlertLimits) -> dict[str, Any]:
    """The `PrometheusRule` (Prometheus operator) with the alerts.

    Args:
        cluster: how the server stands in the cluster.
        limits: above what they fire.

    Returns:
        The manifest. The alert on drift needs a job that exports `multimodal_zoo_input_drift`, a gauge with the label
        `modality`; without one it stays silent.
    """
    place = f'namespace="{cluster.namespace}"' if cluster.namespace else ""
    # The job of a series is the name of the Service it was fetched from.
    server = ",".join(filter(None, [f'job="{cluster.name}"', place]))
    requests = f"sum by (model_name) (rate({REQUEST_COUNT}{{{server}}}[5m]))"
    errors = f'sum by (model_name) (rate({REQUEST_COUNT}{{{server},status!="OK"}}[5m]))'
    buckets = f"sum by (model_name, le) (rate({REQUEST_LATENCY_BUCKET}{{{server}}}[5m]))"
    rules = [
        rule(
            "ModelServerErrorRate",
            f"{errors} / {requests} > {limits.error_rate}",
            "critical",
            "5m",
            "Requests to {{ $labels.model_name }} fail",
            "{{ $value | humanizePercentage }} of the requests to {{ $labels.model_name }} failed in 5 minutes. The "
            "label status of " + REQUEST_COUNT + " says why.",
        ),
        rule(
            "ModelServerLatencyP99",
            f"histogram_quantile(0.99, {buckets}) / 1000 > {limits.p99_milliseconds}",
            "warning",
            "10m",
            "{{ $labels.model_name }} answers slowly",
            "99 % of the requests to {{ $labels.model_name }} are answered within {{ $value | humanize }} ms; the "
            f"limit is {limits.p99_milliseconds} ms.",
        ),
        rule(
            "ModelInputDrift",
            f"max by (modality) ({INPUT_DRIFT}{{{place}}}) > {limits.input_drift}",
            "warning",
            "30m",
            "The inputs {{ $labels.modality }} are unlike those of the training",
            "The drift of {{ $labels.modality }} is {{ $value | humanize }}; the limit is "
            f"{limits.input_drift}. Compare the logged requests with the sketch in the bundle.",
        ),
    ]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": cluster.metadata(cluster.name, dict(cluster.monitor_labels)),
        "spec": {"groups": [{"name": f"{cluster.name}.alerts", "rules": rules}]},
    }


def rule(alert: str, expression: str, severity: str, lasting: str, summary: str, description: str) -> dict[str, Any]:
    """One alert."""
    return {
        "alert": alert,
        "expr": expression,
        "for": lasting,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description},
    }
