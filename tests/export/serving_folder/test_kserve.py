import pytest
import yaml

from multimodal_zoo.export.serving_folder import Cluster, ServingFolderError, write_serving_folder
from multimodal_zoo.export.serving_folder.kserve import inference_services, service_name

pytest.importorskip("tensorflow_serving.config.model_server_config_pb2")


def test_each_model_is_an_inference_service_on_its_own_folder(root):
    write_serving_folder(root, ["deep_fm", "diagnosis"], cluster=Cluster(claim="exported", max_replicas=4))
    services = list(yaml.safe_load_all((root / "kserve" / "inference-services.yaml").read_text()))
    assert [(one["apiVersion"], one["kind"]) for one in services] == [
        ("serving.kserve.io/v1beta1", "InferenceService")
    ] * 2
    assert [one["metadata"]["name"] for one in services] == ["deep-fm", "diagnosis"]
    predictor = services[0]["spec"]["predictor"]
    assert (predictor["minReplicas"], predictor["maxReplicas"]) == (1, 4)
    model = predictor["model"]
    assert model["modelFormat"] == {"name": "tensorflow", "version": "2"}
    assert (model["storageUri"], model["runtimeVersion"]) == ("pvc://exported/deep_fm", "2.20.0")
    (mount,), (volume,) = model["volumeMounts"], predictor["volumes"]
    assert mount == {"name": volume["name"], "mountPath": "/models", "readOnly": True}
    assert volume["persistentVolumeClaim"]["claimName"] == "exported"
    files = [word.partition("=/models/")[2] for word in model["args"] if "=/models/" in word]
    assert files == ["monitoring.config", "batching.config"]
    assert all((root / name).is_file() for name in files)


def test_the_service_of_the_deployment_does_not_select_its_pods():
    (one,) = inference_services(Cluster(), ["deep_fm"], [])
    assert not Cluster().labels().items() <= one["metadata"]["labels"].items()


@pytest.mark.parametrize(
    ("image", "version"),
    [("tensorflow/serving:2.19.1-gpu", "2.19.1-gpu"), ("registry:5000/serving", None)],
)
def test_the_runtime_is_as_old_as_the_image(image, version):
    (one,) = inference_services(Cluster(image=image), ["deep_fm"], [])
    assert one["spec"]["predictor"]["model"].get("runtimeVersion") == version


def test_names_that_kubernetes_does_not_take():
    assert service_name("Deep_FM.v2_") == "deep-fm-v2"
    with pytest.raises(
        ServingFolderError, match="'deep_fm' and 'deep-fm' would both be the InferenceService 'deep-fm'"
    ):
        inference_services(Cluster(), ["deep_fm", "deep-fm"], [])
    with pytest.raises(ServingFolderError, match="is too long"):
        service_name("x" * 64)
