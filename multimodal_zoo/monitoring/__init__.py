"""Whether the inputs of today are like those of the training."""

from multimodal_zoo.monitoring.drift import input_drift, prometheus_text
from multimodal_zoo.monitoring.logged_requests import read_requests
from multimodal_zoo.monitoring.sketch import sketch_inputs

__all__ = ["input_drift", "prometheus_text", "read_requests", "sketch_inputs"]
