import pytest
import yaml

from multimodal_zoo.export.serving_folder import Cluster, Sessions, write_serving_folder

pytest.importorskip("tensorflow_serving.config.model_server_config_pb2")

CLUSTER = Cluster(
    name="diagnosis",
    namespace="clinic",
    claim="exported",
    min_replicas=2,
    max_replicas=5,
    requests_per_second=30,
    monitor_labels={"release": "prometheus"},
)


@pytest.fixture
def manifests(root):
    write_serving_folder(root, ["deep_fm", "diagnosis"], cluster=CLUSTER)
    return {path.stem: yaml.safe_load(path.read_text()) for path in (root / "kubernetes").iterdir()}


def container(manifests):
    (only,) = manifests["deployment"]["spec"]["template"]["spec"]["containers"]
    return only


@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_what_kubernetes_has_a_schema_for_is_valid(manifests, version):
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    for kind in ("deployment", "service", "autoscaler"):
        assert kubernetes_validate.validate(manifests[kind], version, strict=True) == version
    broken = {**manifests["service"], "spec": {**manifests["service"]["spec"], "ports": "8501"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, version, strict=True)


def test_kinds_names_and_namespace(manifests):
    kinds = {name: (one["apiVersion"], one["kind"]) for name, one in manifests.items() if "kind" in one}
    assert kinds == {
        "deployment": ("apps/v1", "Deployment"),
        "service": ("v1", "Service"),
        "autoscaler": ("autoscaling/v2", "HorizontalPodAutoscaler"),
        "service-monitor": ("monitoring.coreos.com/v1", "ServiceMonitor"),
        "alerts": ("monitoring.coreos.com/v1", "PrometheusRule"),
    }
    for name in kinds:
        assert manifests[name]["metadata"]["name"] == "diagnosis"
        assert manifests[name]["metadata"]["namespace"] == "clinic"


def test_everything_selects_the_pods_of_the_deployment(manifests):
    pods = manifests["deployment"]["spec"]["template"]["metadata"]["labels"]
    assert manifests["deployment"]["spec"]["selector"]["matchLabels"] == pods
    assert manifests["service"]["spec"]["selector"] == pods
    # A ServiceMonitor selects Services, by the labels of the Service itself.
    wanted = manifests["service-monitor"]["spec"]["selector"]["matchLabels"]
    assert wanted.items() <= manifests["service"]["metadata"]["labels"].items()
    assert manifests["service-monitor"]["metadata"]["labels"]["release"] == "prometheus"
    assert manifests["alerts"]["metadata"]["labels"]["release"] == "prometheus"


def test_ports_agree_from_the_container_to_the_monitor(manifests):
    opened = {port["name"]: port["containerPort"] for port in container(manifests)["ports"]}
    assert opened == {"grpc": 8500, "rest": 8501}
    for port in manifests["service"]["spec"]["ports"]:
        assert (port["targetPort"], port["port"]) == (port["name"], opened[port["name"]])
    (endpoint,) = manifests["service-monitor"]["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("rest", "/monitoring/prometheus/metrics")


def test_probes_ask_for_the_status_of_a_served_model(manifests):
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container(manifests)[probe]["httpGet"] == {"path": "/v1/models/deep_fm", "port": "rest"}
    assert container(manifests)["resources"]["requests"] == {"cpu": "1", "memory": "2Gi"}


def test_the_claim_is_mounted_where_the_flags_look(manifests, root):
    spec = manifests["deployment"]["spec"]["template"]["spec"]
    (mount,), (volume,) = container(manifests)["volumeMounts"], spec["volumes"]
    assert mount == {"name": volume["name"], "mountPath": "/models", "readOnly": True}
    assert volume["persistentVolumeClaim"]["claimName"] == "exported"
    compose = yaml.safe_load((root / "docker-compose.yaml").read_text())["services"]["model-server"]
    assert container(manifests)["args"] == compose["command"]
    assert container(manifests)["image"] == compose["image"]


def test_the_autoscaler_scales_the_deployment_on_a_rate_of_a_served_counter(manifests):
    spec = manifests["autoscaler"]["spec"]
    target = manifests["deployment"]
    assert spec["scaleTargetRef"] == {
        "apiVersion": target["apiVersion"],
        "kind": target["kind"],
        "name": target["metadata"]["name"],
    }
    assert "replicas" not in target["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 5)
    (metric,) = spec["metrics"]
    assert metric["pods"]["target"] == {"type": "AverageValue", "averageValue": "30"}
    (rule,) = manifests["prometheus-adapter-values"]["rules"]["custom"]
    assert rule["name"]["as"] == metric["pods"]["metric"]["name"]
    assert '__name__=":tensorflow:serving:request_count"' in rule["seriesQuery"]
    assert rule["metricsQuery"].startswith("sum(rate(<<.Series>>")


def test_without_a_namespace_kubectl_chooses_it(root):
    write_serving_folder(root, ["deep_fm"])
    for path in (root / "kubernetes").iterdir():
        assert "namespace" not in yaml.safe_load(path.read_text()).get("metadata", {})


def test_sessions_reach_the_pods(root):
    write_serving_folder(root, ["deep_fm"], sessions=Sessions(intra_op_threads=2))
    deployment = yaml.safe_load((root / "kubernetes" / "deployment.yaml").read_text())
    arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--platform_config_file=/models/platform.config" in arguments
