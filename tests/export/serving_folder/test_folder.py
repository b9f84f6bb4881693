import shutil

import pytest
import yaml
from tensorflow.core.protobuf import config_pb2

from multimodal_zoo.export.serving_folder import (
    AlertLimits,
    Batching,
    Cluster,
    ServedModel,
    ServingFolderError,
    Sessions,
    write_serving_folder,
)
from multimodal_zoo.export.serving_folder.folder import yaml_text
from multimodal_zoo.export.serving_folder.protos import declared, parse_text

model_server_config_pb2 = pytest.importorskip("tensorflow_serving.config.model_server_config_pb2")
platform_config_pb2 = pytest.importorskip("tensorflow_serving.config.platform_config_pb2")


def read(path, kind):
    return parse_text(path.read_text(encoding="utf-8"), kind)


def models_of(root):
    config = read(root / "models.config", model_server_config_pb2.ModelServerConfig)
    return {model.name: model for model in config.model_config_list.config}


def server(root):
    return yaml.safe_load((root / "docker-compose.yaml").read_text())["services"]["model-server"]


def flags_of(words):
    return dict(word.removeprefix("--").split("=", 1) for word in words)


def test_which_files_are_written(root):
    written = write_serving_folder(root, ["deep_fm", "diagnosis"])
    assert [path.relative_to(root).as_posix() for path in written] == [
        "models.config",
        "monitoring.config",
        "batching.config",
        "docker-compose.yaml",
        "kubernetes/deployment.yaml",
        "kubernetes/service.yaml",
        "kubernetes/autoscaler.yaml",
        "kubernetes/service-monitor.yaml",
        "kubernetes/alerts.yaml",
        "kubernetes/prometheus-adapter-values.yaml",
        "kserve/inference-services.yaml",
    ]
    assert all(path.is_file() for path in written)


def test_yaml_says_everything_where_it_is_needed():
    shared = {"path": "/x"}
    assert yaml_text([{"b": shared, "a": shared}, {"c": 1}]) == "b:\n  path: /x\na:\n  path: /x\n---\nc: 1\n"


def test_models_with_labels_list_their_versions(root):
    write_serving_folder(root, ["deep_fm", ServedModel("diagnosis")])
    models = models_of(root)
    assert list(models) == ["deep_fm", "diagnosis"]
    assert (models["deep_fm"].base_path, models["deep_fm"].model_platform) == ("/models/deep_fm", "tensorflow")
    assert list(models["deep_fm"].model_version_policy.specific.versions) == [2, 10]
    assert dict(models["deep_fm"].version_labels) == {"stable": 2, "canary": 10}
    assert dict(models["diagnosis"].version_labels) == {"stable": 3}


def test_a_model_without_labels_follows_the_newest(root):
    write_serving_folder(root, [ServedModel("deep_fm", keep=3, labels={})])
    model = models_of(root)["deep_fm"]
    assert model.model_version_policy.latest.num_versions == 3
    assert not model.version_labels
    assert "allow_version_labels_for_unavailable_models" not in flags_of(server(root)["command"])


def test_monitoring_and_batching_are_read_back(root):
    write_serving_folder(root, ["deep_fm"], batching=Batching(8, 100, 7, 3, (8,)))
    prometheus = read(root / "monitoring.config", declared("MonitoringConfig")).prometheus_config
    assert (prometheus.enable, prometheus.path) == (True, "/monitoring/prometheus/metrics")
    batching = read(root / "batching.config", declared("BatchingParameters"))
    assert (batching.max_batch_size.value, list(batching.allowed_batch_sizes)) == (8, [8])


def test_the_platform_file_carries_what_the_server_would_take_from_flags(root):
    write_serving_folder(root, ["deep_fm"])
    write_serving_folder(root, ["deep_fm"], sessions=Sessions(2, 3, 0.25), batching=Batching(4, 50, 9, 2, ()))
    assert not (root / "batching.config").exists()
    platforms = read(root / "platform.config", platform_config_pb2.PlatformConfigMap).platform_configs
    assert list(platforms) == ["tensorflow"]
    adapter = declared("SavedModelBundleSourceAdapterConfig")()
    assert platforms["tensorflow"].source_adapter_config.Unpack(adapter)
    bundle = adapter.legacy_config
    assert (list(bundle.saved_model_tags), bundle.enable_model_warmup) == (["serve"], True)
    assert (bundle.batching_parameters.max_batch_size.value, bundle.batching_parameters.num_batch_threads.value) == (
        4,
        2,
    )
    # TensorFlow's own class reads the session as it was meant.
    session = config_pb2.ConfigProto.FromString(bundle.session_config.SerializeToString())
    assert (session.intra_op_parallelism_threads, session.inter_op_parallelism_threads) == (2, 3)
    assert session.gpu_options.per_process_gpu_memory_fraction == 0.25
    flags = flags_of(server(root)["command"])
    assert flags["platform_config_file"] == "/models/platform.config"
    assert not {"enable_batching", "batching_parameters_file"} & set(flags)
    write_serving_folder(root, ["deep_fm"])
    assert not (root / "platform.config").exists()


def test_without_batching_no_file_and_no_flag_speak_of_it(root, exports):
    shutil.copytree(exports / "lists", root / "films" / "1")
    write_serving_folder(root, ["films"], batching=None)
    assert not (root / "batching.config").exists()
    assert not {"enable_batching", "batching_parameters_file"} & set(flags_of(server(root)["command"]))


def test_the_compose_file_mounts_the_folder_and_its_flags_name_files_in_it(root):
    write_serving_folder(root, ["deep_fm", "diagnosis"])
    document = server(root)
    assert document["image"] == "tensorflow/serving:2.20.0"
    assert document["volumes"] == [{"type": "bind", "source": ".", "target": "/models", "read_only": True}]
    assert document["ports"] == ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501"]
    flags = flags_of(document["command"])
    assert flags == {
        "model_config_file": "/models/models.config",
        "model_config_file_poll_wait_seconds": "60",
        "allow_version_labels_for_unavailable_models": "true",
        "monitoring_config_file": "/models/monitoring.config",
        "enable_batching": "true",
        "batching_parameters_file": "/models/batching.config",
    }
    for value in flags.values():
        if value.startswith("/models/"):
            assert (root / value.removeprefix("/models/")).is_file()
    for name, model in models_of(root).items():
        assert (root / model.base_path.removeprefix("/models/")) == root / name
    check = document["healthcheck"]["test"]
    assert check[:3] == ["CMD", "bash", "-c"]
    assert [f"GET /v1/models/{name} " in check[3] for name in ("deep_fm", "diagnosis")] == [True, True]


def test_writing_again_changes_nothing_and_a_foreign_file_stops_it(root):
    first = {path: path.read_bytes() for path in write_serving_folder(root, ["deep_fm"])}
    assert {path: path.read_bytes() for path in write_serving_folder(root, ["deep_fm"])} == first
    (root / "kubernetes" / "alerts.yaml").write_text("mine: true\n")
    with pytest.raises(ServingFolderError, match=r"kubernetes/alerts\.yaml exists and was not written by"):
        write_serving_folder(root, ["diagnosis"])
    assert (root / "models.config").read_bytes() == first[root / "models.config"]


@pytest.mark.parametrize(
    ("settings", "arguments", "message"),
    [
        (Sessions, {"intra_op_threads": -1}, "intra_op_threads has to be at least 0, got -1"),
        (Sessions, {"gpu_memory_fraction": 1.5}, r"gpu_memory_fraction has to be in \[0, 1\], got 1.5"),
        (Cluster, {"name": "Multimodal_Zoo"}, "name has to be .*, got 'Multimodal_Zoo'"),
        (Cluster, {"namespace": "-x"}, "namespace has to be .*, got '-x'"),
        (Cluster, {"min_replicas": 3, "max_replicas": 2}, "got 3 and 2"),
        (Cluster, {"requests_per_second": 0}, "requests_per_second has to be greater than 0, got 0"),
        (AlertLimits, {"error_rate": 1}, "error_rate has to be between 0 and 1, got 1"),
        (AlertLimits, {"p99_milliseconds": 0}, "p99_milliseconds has to be greater than 0, got 0"),
        (AlertLimits, {"input_drift": float("nan")}, "input_drift has to be greater than 0, got nan"),
    ],
)
def test_settings_out_of_range(settings, arguments, message):
    with pytest.raises(ServingFolderError, match=message):
        settings(**arguments)
