"""The gate as a whole: what is refused, by which check, and that nothing refused is run."""

import json
import shutil

import pytest
import tensorflow as tf

import multimodal_zoo as mz
from multimodal_zoo.export.check import NothingToCheckError, Outcome, check_artefact

NAMES = ["manifest", "saved model", "variables", "operations", "text operations", "golden requests", "signatures"]


def outcomes(report):
    assert [check.name for check in report.checks] == NAMES
    return {check.name: check.outcome for check in report.checks}


def test_an_export_passes_and_its_report_is_json(exported):
    report = mz.check_artefact(exported)
    assert report.passed and not report.failures and report.previous is None
    assert outcomes(report) == {**dict.fromkeys(NAMES, Outcome.PASSED), "signatures": Outcome.SKIPPED}
    document = json.loads(json.dumps(report.document()))
    assert (document["passed"], document["against"]) == (True, None)
    assert [check["outcome"] for check in document["checks"]] == ["passed"] * 6 + ["skipped"]


def test_a_tampered_file_is_not_run(version, monkeypatch):
    def no_loading(*arguments):
        raise AssertionError("it was loaded")

    monkeypatch.setattr(tf.saved_model, "load", no_loading)
    with open(version / "fingerprint.pb", "ab") as file:
        file.write(b"x")
    report = check_artefact(version)
    assert [check.name for check in report.failures] == ["manifest"]
    (replay,) = [check for check in report.checks if check.name == "golden requests"]
    assert (replay.outcome, replay.reason) == (Outcome.SKIPPED, "What did not pass (manifest) is not run.")


def test_a_model_that_reads_files_is_refused_although_its_manifest_is_right(saved):
    report = check_artefact(saved(lambda text: tf.map_fn(tf.io.read_file, text)))
    assert [check.name for check in report.failures] == ["operations"]
    assert outcomes(report)["golden requests"] == Outcome.SKIPPED


def test_truncated_variables(version):
    (path,) = (version / "variables").glob("variables.data-*")
    path.write_bytes(path.read_bytes()[:50])
    report = check_artefact(version)
    assert [check.name for check in report.failures] == ["manifest", "variables"]


@pytest.mark.parametrize("content", [b"\xff\xff\xff", b"", None])
def test_a_saved_model_that_is_none(version, content):
    path = version / "saved_model.pb"
    path.unlink() if content is None else path.write_bytes(content)
    report = check_artefact(version)
    assert outcomes(report)["saved model"] == outcomes(report)["manifest"] == Outcome.FAILED
    assert outcomes(report)["golden requests"] == Outcome.SKIPPED


def test_without_serving_default(tmp_path):
    module = tf.Module()
    call = tf.function(tf.strings.length, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(module, str(tmp_path / "1"), {"length": call.get_concrete_function()})
    (check,) = [one for one in check_artefact(tmp_path / "1").failures if one.name == "saved model"]
    assert check.reason == "The signature 'serving_default' was expected, found length."


def test_signatures_are_held_against_the_version_before_or_the_one_named(version, saved):
    second = version.with_name("2")
    shutil.copytree(version, second)
    report = check_artefact(second)
    assert report.previous == version and outcomes(report)["signatures"] == Outcome.PASSED
    other = saved(tf.strings.lower)
    report = check_artefact(second, other)
    assert report.previous == other
    assert [check.name for check in report.failures] == ["signatures"]


def test_a_check_that_breaks_off_has_failed(version, monkeypatch):
    def broken(folder):
        raise OSError("the disk is gone")

    monkeypatch.setattr("multimodal_zoo.export.check.artefact.check_variables", broken)
    (check,) = check_artefact(version).failures
    assert (check.name, check.reason) == ("variables", "The check broke off (OSError: the disk is gone).")


def test_what_is_no_version(version, tmp_path):
    with pytest.raises(NothingToCheckError, match="nowhere does not exist"):
        check_artefact(tmp_path / "nowhere")
    with pytest.raises(NothingToCheckError, match=r"manifest\.json is a file"):
        check_artefact(version / "manifest.json")
    with pytest.raises(NothingToCheckError, match=r"holds the versions 1; name one of them, such as .*deepfm/1"):
        check_artefact(version.parent)
    with pytest.raises(NothingToCheckError, match="nowhere does not exist"):
        check_artefact(version, tmp_path / "nowhere")
