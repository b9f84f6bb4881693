import json

import pytest
import tensorflow as tf

from multimodal_zoo.training.cluster import cluster_of, join_cluster, worker_count

WORKERS = ["a:1", "b:2"]


def tf_config(job="worker", index=0, **jobs):
    return {"TF_CONFIG": json.dumps({"cluster": jobs or {"worker": WORKERS}, "task": {"type": job, "index": index}})}


def test_nothing_is_no_cluster():
    assert cluster_of({}) is None
    assert worker_count(cluster_of({})) == worker_count(cluster_of({"TF_CONFIG": "{}"})) == 0


def test_tf_config_goes_first_and_counts_the_chief():
    assert worker_count(cluster_of(tf_config("chief", chief=["a:1"], worker=["b:1", "c:1"]))) == 3
    both = {**tf_config(index=1), "MULTIMODAL_ZOO_WORKERS": "x:1", "JOB_COMPLETION_INDEX": "0"}
    assert cluster_of(both) == {"cluster": {"worker": WORKERS}, "task": {"type": "worker", "index": 1}}


@pytest.mark.parametrize(
    "text",
    ["not json", "[]", '{"cluster": {"worker": ["a:1"]}}', '{"cluster": {"worker": ["a:1"]}, "task": {"type": "ps"}}'],
)
def test_a_broken_tf_config_says_what_one_is(text):
    with pytest.raises(ValueError, match=r'TF_CONFIG has to be JSON like \{"cluster"'):
        cluster_of({"TF_CONFIG": text})


def test_a_number_beyond_the_workers_is_refused():
    with pytest.raises(ValueError, match="says that this is worker 2, and there are 2"):
        cluster_of(tf_config(index=2))


def test_an_indexed_job_of_kubernetes():
    found = cluster_of({"MULTIMODAL_ZOO_WORKERS": "a:1, b:2", "JOB_COMPLETION_INDEX": "1"})
    assert found == {"cluster": {"worker": WORKERS}, "task": {"type": "worker", "index": 1}}
    for index in ({}, {"JOB_COMPLETION_INDEX": "2"}):
        with pytest.raises(ValueError, match="names 2 workers, and JOB_COMPLETION_INDEX is .*completionMode: Indexed"):
            cluster_of({"MULTIMODAL_ZOO_WORKERS": "a:1,b:2", **index})


def slurm(rank, **more):
    step = {"SLURM_STEP_NODELIST": "n[2,10],big", "SLURM_STEP_TASKS_PER_NODE": "2(x2),1", "SLURM_STEP_NUM_TASKS": "5"}
    return {**step, "SLURM_PROCID": str(rank), "SLURM_JOB_ID": "4003", **more}


def test_a_step_of_slurm_gives_each_task_the_port_of_its_node():
    found = cluster_of(slurm(2))
    assert found["cluster"]["worker"] == ["n2:10150", "n2:10151", "n10:10150", "n10:10151", "big:10150"]
    assert found["task"] == {"type": "worker", "index": 2}
    assert cluster_of(slurm(0, SLURM_JOB_ID="4004"))["cluster"]["worker"][0] == "n2:10200"


def test_tensorflows_own_resolver_still_needs_to_be_gone_around(monkeypatch):
    """When this fails, `slurm_step` can be SlurmClusterResolver itself."""
    resolver = tf.distribute.cluster_resolver.SlurmClusterResolver
    for key, value in slurm(2).items():
        monkeypatch.setenv(key, value)
    addresses = resolver(gpus_per_node=5, gpus_per_task=1, auto_set_gpu=False).cluster_spec().as_dict()
    assert addresses["worker"][0].startswith("big:"), "nodes are sorted as texts"
    without_gpus = resolver(gpus_per_node=0, gpus_per_task=0, auto_set_gpu=False)
    with pytest.raises(ValueError, match="range"):
        without_gpus.cluster_spec()


def test_joining_needs_workers_and_nothing_else(monkeypatch):
    for name in ("TF_CONFIG", "MULTIMODAL_ZOO_WORKERS", "SLURM_STEP_NODELIST"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RuntimeError, match="finds no cluster"):
        join_cluster()
    monkeypatch.setenv("TF_CONFIG", tf_config(worker=WORKERS, evaluator=["e:1"])["TF_CONFIG"])
    with pytest.raises(ValueError, match="workers alone, and this one has 'evaluator'"):
        join_cluster()


def test_whoever_describes_the_cluster_it_ends_as_tf_config(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "")
    monkeypatch.setenv("MULTIMODAL_ZOO_WORKERS", "a:1,b:2")
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "1")
    join_cluster()
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    assert (resolver.cluster_spec().as_dict(), resolver.task_id) == ({"worker": WORKERS}, 1)
