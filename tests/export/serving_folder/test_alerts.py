import re

import pytest

from multimodal_zoo.export.serving_folder import AlertLimits, Cluster
from multimodal_zoo.export.serving_folder.alerts import alert_rules

# Of the names that TensorFlow Serving exports, and the drift job's.
EXPORTED = {
    ":tensorflow:serving:request_count",
    ":tensorflow:serving:request_latency_bucket",
    "multimodal_zoo_input_drift",
}


def rules(cluster=None):
    limits = AlertLimits(error_rate=0.02, p99_milliseconds=250, input_drift=0.3)
    (group,) = alert_rules(cluster or Cluster(name="diagnosis", namespace="clinic"), limits)["spec"]["groups"]
    assert group["name"] == "diagnosis.alerts"
    return {rule["alert"]: rule for rule in group["rules"]}


def test_the_expressions():
    assert {name: rule["expr"] for name, rule in rules().items()} == {
        "ModelServerErrorRate": (
            "sum by (model_name) (rate(:tensorflow:serving:request_count"
            '{job="diagnosis",namespace="clinic",status!="OK"}[5m])) / '
            'sum by (model_name) (rate(:tensorflow:serving:request_count{job="diagnosis",namespace="clinic"}[5m]))'
            " > 0.02"
        ),
        # The server counts microseconds.
        "ModelServerLatencyP99": (
            "histogram_quantile(0.99, sum by (model_name, le) (rate(:tensorflow:serving:request_latency_bucket"
            '{job="diagnosis",namespace="clinic"}[5m]))) / 1000 > 250'
        ),
        "ModelInputDrift": 'max by (modality) (multimodal_zoo_input_drift{namespace="clinic"}) > 0.3',
    }


def test_without_a_namespace_the_expressions_name_none():
    assert rules(Cluster(name="diagnosis"))["ModelInputDrift"]["expr"] == (
        "max by (modality) (multimodal_zoo_input_drift{}) > 0.3"
    )
    assert "namespace" not in rules(Cluster(name="diagnosis"))["ModelServerErrorRate"]["expr"]


@pytest.mark.parametrize("cluster", [Cluster(name="diagnosis"), Cluster(name="diagnosis", namespace="clinic")])
def test_prometheus_reads_the_expressions(cluster):
    promql_parser = pytest.importorskip("promql_parser")
    for rule in rules(cluster).values():
        assert isinstance(promql_parser.parse(rule["expr"]), promql_parser.BinaryExpr)
    with pytest.raises(ValueError):
        promql_parser.parse("sum by (le (rate(x[5m]))")


def test_every_alert_has_what_the_operator_asks_for_and_only_exported_metrics():
    names = set()
    for rule in rules().values():
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch("[0-9]+m", rule["for"])
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert set(rule["annotations"]) == {"summary", "description"}
        names |= set(re.findall(r"([\w:]+)\{", rule["expr"]))
    assert names == EXPORTED
