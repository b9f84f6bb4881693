"""`check`, from an export of the command itself to its verdict."""

import json
import os
import shutil

import pytest
import tensorflow as tf

from multimodal_zoo.training.bundle import write_manifest

CHECKS = ["manifest", "saved model", "variables", "operations", "text operations", "golden requests", "signatures"]


@pytest.fixture(scope="module")
def exported(trained, tmp_path_factory):
    from multimodal_zoo import export_bundle

    return export_bundle(trained.folder, tmp_path_factory.mktemp("exported") / "diagnosis" / "1")


@pytest.fixture
def version(exported, tmp_path):
    """A copy to spoil."""
    folder = tmp_path / "diagnosis" / "1"
    shutil.copytree(exported, folder)
    return folder


def refused(run, *parts):
    assert run.code == 1
    assert " is refused. " in run.err
    for part in parts:
        assert part in run.err
    return run


def test_an_export_may_be_served(zoo, exported):
    run = zoo("check", exported)
    assert run.code == 0
    lines = run.out.splitlines()
    assert [line.split("  ")[0] for line in lines[1:8]] == CHECKS
    assert lines[-1] == f"{exported} may be served."
    document = zoo("check", exported, "--json").document
    assert document["passed"] is True and document["saved_model"] == str(exported)
    assert {check["name"]: check["outcome"] for check in document["checks"]} == {
        **dict.fromkeys(CHECKS, "passed"),
        "signatures": "skipped",
    }


def test_a_tampered_file_an_added_one_and_a_missing_one(zoo, version):
    with open(version / "saved_model.pb", "ab") as file:
        file.write(b"\x00")
    (version / "added.txt").write_text("x")
    os.unlink(version / "fingerprint.pb")
    run = refused(
        zoo("check", version, "--json"),
        "saved_model.pb was changed",
        "added.txt is not listed",
        "fingerprint.pb is missing",
    )
    assert run.document["passed"] is False
    assert run.document["checks"][0]["outcome"] == "failed"


def test_truncated_variables_whose_manifest_was_made_anew(zoo, version):
    (path,) = (version / "variables").glob("variables.data-*")
    path.write_bytes(path.read_bytes()[:200])
    write_manifest(version)
    refused(zoo("check", version), "variables: Variable ", "truncated or was changed")


def test_a_wrong_golden_answer_whose_manifest_was_made_anew(zoo, version):
    path = version / "assets.extra" / "golden_requests.json"
    document = json.loads(path.read_text())
    answer = document["requests"][0]["answer"]
    answer["labels"] = "another" + answer["labels"]
    path.write_text(json.dumps(document))
    write_manifest(version)
    refused(zoo("check", version), "golden requests: The answer to 'everything': 'labels' is ", "stored is another")


@pytest.mark.parametrize(
    ("function", "operation"),
    [
        (lambda text: tf.map_fn(tf.io.read_file, text), "reaches ReadFile"),
        (lambda text: tf.py_function(lambda one: one, [text], tf.string), "reaches EagerPyFunc"),
    ],
)
def test_a_model_that_does_more_than_compute(zoo, tmp_path, function, operation):
    call = tf.function(
        lambda text: {"answer": function(text)}, autograph=False, input_signature=[tf.TensorSpec([None], tf.string)]
    )
    tf.saved_model.save(tf.Module(), str(tmp_path / "1"), signatures=call.get_concrete_function())
    write_manifest(tmp_path / "1")
    refused(zoo("check", tmp_path / "1"), f"operations: signature 'serving_default' {operation}")


def test_a_changed_signature(zoo, version, tmp_path):
    call = tf.function(lambda report: {"labels": report}, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(tf.Module(), str(version.with_name("2")), signatures=call.get_concrete_function())
    write_manifest(version.with_name("2"))
    run = refused(
        zoo("check", version.with_name("2"), "--json"),
        "The signature 'embed' was removed.",
        "The input 'image_bytes' of 'serving_default' was string (None,) and is gone.",
    )
    assert run.document["against"] == str(version)
    assert zoo("check", version, "--against", version, "--json").document["passed"] is True


def test_wrong_usage(zoo, version, tmp_path):
    versions = zoo("check", version.parent)
    assert versions.code == 2
    assert f"holds the versions 1; name one of them, such as {version}." in versions.err
    nowhere = zoo("check", tmp_path / "nowhere", "--json")
    assert nowhere.code == 2 and "nowhere does not exist" in nowhere.document["error"]
    assert zoo("check").code == 2


def test_export_stores_records_only_when_asked(zoo, trained, diagnosis, tmp_path):
    pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    place = tmp_path / "saved" / "1"
    words = ["export", trained.folder, "--to", place, "--json"]
    run = zoo(*words, "--warm-up", "synthetic-diagnosis", "--warm-up-records", "3")
    assert run.document["warm_up_records"] == 3
    requests = json.loads((place / "assets.extra" / "golden_requests.json").read_text())["requests"]
    stored = [one["inputs"]["report"] for one in requests if one["title"].startswith("record ")]
    assert stored == [diagnosis.split("test")[row][0]["report"] for row in range(3)]
    logs = tf.data.TFRecordDataset(str(place / "assets.extra" / "tf_serving_warmup_requests"))
    assert len(list(logs)) == 3
    assert zoo("check", place, "--json").document["passed"] is True

    assert zoo(*words).document["warm_up_records"] == 0
    assert sorted(path.name for path in (place / "assets.extra").iterdir()) == ["card.md", "golden_requests.json"]


def test_export_with_records_that_do_not_suit(zoo, trained, tmp_path):
    words = ["export", trained.folder, "--to", tmp_path / "saved" / "1"]
    lonely = zoo(*words, "--warm-up-records", "3")
    assert lonely.code == 2 and "name it with --warm-up DATASET" in lonely.err
    other = zoo(*words, "--warm-up", "synthetic-clicks")
    assert other.code == 2 and "has nothing that the bundle reads: image, report was expected" in other.err
    unknown = zoo(*words, "--warm-up", "synthetic-diagnoses")
    assert unknown.code == 2 and "Did you mean 'synthetic-diagnosis'?" in unknown.err
    assert not (tmp_path / "saved").exists()
