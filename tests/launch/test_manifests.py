"""The manifests as a cluster reads them."""

import pytest
import yaml

from multimodal_zoo.launch import TrainingJob, indexed_job, manifest_text, tf_job
from multimodal_zoo.training.cluster import cluster_of

COMMAND = ("multimodal-zoo", "train", "deepfm", "--strategy", "multi_worker")
JOB = TrainingJob(
    COMMAND, "registry/zoo:1", workers=3, restarts=2, name="clicks", namespace="team", claim="data", gpus=1
)


def read(documents):
    return list(yaml.safe_load_all(manifest_text(documents)))


@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_kubernetes_takes_the_job_and_its_service(version):
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    service, job = read(indexed_job(JOB))
    for one in (service, job):
        assert kubernetes_validate.validate(one, version, strict=True) == version
    job["spec"]["completions"] = "3"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, version, strict=True)


def test_the_pods_of_the_job_find_each_other():
    service, job = read(indexed_job(JOB))
    assert service["spec"]["clusterIP"] == "None" and service["spec"]["publishNotReadyAddresses"] is True
    assert service["spec"]["selector"] == {"batch.kubernetes.io/job-name": job["metadata"]["name"]}
    pod = job["spec"]["template"]["spec"]
    # <name of the Job>-<number> is the host name of a pod, and <name of the Service> its subdomain.
    assert pod["subdomain"] == service["metadata"]["name"] == "clicks"
    (container,) = pod["containers"]
    assert container["command"] == list(COMMAND)
    environment = {one["name"]: one["value"] for one in container["env"]}
    found = cluster_of({**environment, "JOB_COMPLETION_INDEX": "2"})
    assert found["cluster"]["worker"] == [f"clicks-{number}.clicks:2222" for number in range(3)]
    assert found["task"]["index"] == 2
    assert container["ports"][0]["containerPort"] == service["spec"]["ports"][0]["port"] == 2222
    assert (job["spec"]["completionMode"], job["spec"]["completions"], job["spec"]["parallelism"]) == ("Indexed", 3, 3)
    assert job["spec"]["backoffLimit"] == 6
    assert container["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == "data"
    assert container["volumeMounts"][0]["mountPath"] == container["workingDir"] == "/training"
    assert service["metadata"]["namespace"] == job["metadata"]["namespace"] == "team"


def test_the_operator_of_kubeflow_finds_what_it_looks_for():
    (job,) = read(tf_job(JOB))
    assert (job["apiVersion"], job["kind"]) == ("kubeflow.org/v1", "TFJob")
    worker = job["spec"]["tfReplicaSpecs"]["Worker"]
    assert (worker["replicas"], worker["restartPolicy"]) == (3, "OnFailure")
    (container,) = worker["template"]["spec"]["containers"]
    assert container["name"] == "tensorflow"
    assert container["ports"] == [{"name": "tfjob-port", "containerPort": 2222}]
    assert "env" not in container, "TF_CONFIG is the operator's"


def test_without_a_claim_nothing_is_mounted():
    _, job = read(indexed_job(TrainingJob(COMMAND, "zoo:1")))
    pod = job["spec"]["template"]["spec"]
    assert "volumes" not in pod and "volumeMounts" not in pod["containers"][0]
    assert "namespace" not in job["metadata"]
    assert "nvidia.com/gpu" not in pod["containers"][0]["resources"]["limits"]


@pytest.mark.parametrize("name", ["Clicks", "-clicks", "1clicks", "clicks.", "x" * 51, ""])
def test_names_that_no_pod_can_have_are_refused(name):
    with pytest.raises(ValueError, match="name has to be a name that Kubernetes takes"):
        TrainingJob(COMMAND, "zoo:1", name=name)


def test_numbers_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="got 0, 6 and 0"):
        TrainingJob(COMMAND, "zoo:1", workers=0)
