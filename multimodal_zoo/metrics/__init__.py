"""Figures the field reports."""

from multimodal_zoo.metrics.bootstrap import bootstrap_interval
from multimodal_zoo.metrics.by_task import (
    classification_metrics,
    constant_prediction,
    multi_label_metrics,
    ranking_metrics,
    regression_metrics,
    task_metrics,
)

__all__ = [
    "bootstrap_interval",
    "classification_metrics",
    "constant_prediction",
    "multi_label_metrics",
    "ranking_metrics",
    "regression_metrics",
    "task_metrics",
]
