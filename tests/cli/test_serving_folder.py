"""`serving-folder`, from a bundle of the command itself to the files of a model server."""

import pytest
import yaml

from multimodal_zoo.export.serving_folder.protos import declared, parse_text

model_server_config_pb2 = pytest.importorskip("tensorflow_serving.config.model_server_config_pb2")


@pytest.fixture(scope="module")
def exported(trained, tmp_path_factory):
    from multimodal_zoo import export_bundle

    return export_bundle(trained.folder, tmp_path_factory.mktemp("exported") / "1")


def models_of(root):
    text = (root / "models.config").read_text(encoding="utf-8")
    config = parse_text(text, model_server_config_pb2.ModelServerConfig)
    return {model.name: model for model in config.model_config_list.config}


def test_a_bundle_and_an_export_are_put_in_and_served(zoo, trained, exported, tmp_path):
    root = tmp_path / "models"
    run = zoo(
        *("serving-folder", root, "--model", f"diagnosis={exported}", "--max-batch-size", "12"),
        *("--namespace", "clinic", "--image", "registry/serving:1", "--json"),
    )
    assert run.code == 0, run.err
    assert run.document["models"] == [
        {"name": "diagnosis", "versions": [1], "labels": {"stable": 1}, "put": str(root / "diagnosis" / "1")}
    ]
    assert str(root / "models.config") in run.document["files"]
    batching = parse_text((root / "batching.config").read_text(), declared("BatchingParameters"))
    assert (batching.max_batch_size.value, list(batching.allowed_batch_sizes)) == (12, [1, 2, 4, 8, 12])
    compose = yaml.safe_load((root / "docker-compose.yaml").read_text())
    assert compose["services"]["model-server"]["image"] == "registry/serving:1"
    deployment = yaml.safe_load((root / "kubernetes" / "deployment.yaml").read_text())
    assert deployment["metadata"]["namespace"] == "clinic"

    # A bundle is exported as the next version; the label keeps clients on the first.
    run = zoo("serving-folder", root, "--model", f"diagnosis={trained.folder}", "--label", "diagnosis:stable=1")
    assert run.code == 0, run.err
    assert "diagnosis  1, 2      stable=1" in run.out
    assert dict(models_of(root)["diagnosis"].version_labels) == {"stable": 1}
    assert zoo("check", root / "diagnosis" / "2", "--json").document["against"] == str(root / "diagnosis" / "1")

    # Nothing is put in twice, and what is there already needs no folder.
    run = zoo("serving-folder", root, "--model", "diagnosis", "--keep", "1", "--no-labels", "--no-batching", "--json")
    assert run.document["models"] == [{"name": "diagnosis", "versions": [2], "labels": {}, "put": None}]
    assert models_of(root)["diagnosis"].model_version_policy.latest.num_versions == 1
    assert not (root / "batching.config").exists()


def test_a_failure_takes_out_what_was_put_in(zoo, exported, tmp_path):
    root = tmp_path / "models"
    run = zoo("serving-folder", root, "--model", f"diagnosis={exported}", "--label", "diagnosis:stable=7", "--json")
    assert run.code == 1
    assert "The label 'stable' of diagnosis names version 7, which is not in" in run.document["error"]
    assert not root.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model", "x=nowhere"], "--model x=nowhere: there is no folder nowhere."),
        (["--model", "=x"], "--model takes NAME or NAME=DIR, got '=x'."),
        (["--model", "x="], "--model takes NAME or NAME=DIR, got 'x='."),
        (["--model", "x", "--model", "x"], "--model names x twice; name it once."),
        (["--model", "x", "--label", "stable=1"], "--label takes NAME:LABEL=VERSION, such as deepfm:stable=3, got"),
        (["--model", "x", "--label", "y:stable=1"], "--label y:stable=1: y is none of the models: x."),
        (["--model", "x", "--label", "x:stable=1", "--no-labels"], "--no-labels and --label exclude each other."),
        (["--model", "x", "--no-batching", "--max-batch-size", "4"], "--no-batching excludes --max-batch-size"),
        ([], "Missing option '--model'."),
    ],
)
def test_wrong_usage(zoo, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    run = zoo("serving-folder", "models", *words)
    assert run.code == 2
    assert message.rstrip(".") in run.err
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_is_not_there_fails(zoo, tmp_path):
    run = zoo("serving-folder", tmp_path, "--model", "deepfm")
    assert run.code == 1
    assert f"There is no model folder {tmp_path / 'deepfm'}" in run.err
