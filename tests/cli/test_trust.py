"""`calibrate`, `robustness` and `train --adversarial`: what they say is what the library measures."""

import json

import numpy as np
import pytest

import multimodal_zoo as mz


@pytest.fixture(scope="module")
def calibrated(trained, tmp_path_factory):
    """The shared bundle, calibrated by the command."""
    from multimodal_zoo import cli

    out = tmp_path_factory.mktemp("trust") / "calibrated"
    words = ["calibrate", str(trained.folder), "--data", "synthetic-diagnosis", "--out", str(out)]
    assert cli.main(words) == 0
    return out


def test_calibrate_writes_the_bundle_anew_and_judges_on_the_test_split(zoo, trained, calibrated, diagnosis):
    before, after = mz.load_bundle(trained.folder), mz.load_bundle(calibrated)
    assert not before.calibration
    fitted = mz.calibrate(before, diagnosis.split("validation"))
    for there, one in fitted.calibration.items():
        assert after.calibration[there]["temperature"] == pytest.approx(one["temperature"], rel=1e-5)
    # A second time, in its place: of the network, and not of what it answers now.
    run = zoo("calibrate", calibrated, "--data", "synthetic-diagnosis", "--json")
    assert run.code == 0 and run.document["bundle"] == str(calibrated)
    told = run.document["calibration"]
    assert told["report"]["temperature"] == pytest.approx(fitted.calibration["report"]["temperature"], rel=1e-5)
    plain, scaled = (
        mz.evaluate(one, diagnosis.split("test"), without=["image"])["log_loss"] for one in (before, after)
    )
    assert told["report"]["test"]["before"]["log_loss"] == pytest.approx(plain, rel=1e-4)
    assert told["report"]["test"]["after"]["log_loss"] == pytest.approx(scaled, rel=1e-4)
    assert "## Calibration" in (calibrated / "card.md").read_text()
    shown = zoo("calibrate", calibrated, "--data", "synthetic-diagnosis").out
    (line,) = [line for line in shown.splitlines() if line.startswith("report ")]
    assert line.split()[2] == f"{told['report']['test']['before']['ece']:.4f}"


def test_calibrate_refuses_what_has_no_classes(zoo, tmp_path):
    run = zoo("calibrate", tmp_path / "nothing", "--data", "synthetic-diagnosis")
    assert run.code == 2 and "There is no bundle" in run.err


def test_robustness_of_an_export_and_of_its_bundle_are_the_same(zoo, trained, calibrated, tmp_path):
    few = ["--data", "synthetic-diagnosis", "--records", 12, "--json"]
    export = tmp_path / "saved" / "1"
    assert zoo("export", trained.folder, "--to", export).code == 0
    by_export = zoo("robustness", export, "--bundle", trained.folder, "--no-attacks", *few).document
    page = tmp_path / "page.html"
    whole = zoo("robustness", trained.folder, "--baseline", calibrated, "--out", page, *few).document
    for name in ("records", "figure", "clean", "curves", "missing"):
        without = [
            {key: value for key, value in one.items() if key != "effective_robustness"} if name == "curves" else one
            for one in (whole[name] if name == "curves" else [whole[name]])
        ]
        assert without == (by_export[name] if name == "curves" else [by_export[name]])
    assert whole["records"] == 12 and {one["noise"] for one in whole["attacks"]} == {"fgsm", "pgd"}
    assert "holds ids" in whole["not_attacked"]["report"] and by_export["attacks"] == []
    # One temperature for records with the same modalities keeps their order: the AUC under noise is the baseline's.
    assert {one["noise"] for one in whole["curves"]} >= {"gaussian", "dropped_words"}
    np.testing.assert_allclose([one["effective_robustness"] for one in whole["curves"]], 0.0, atol=0.05)
    assert json.dumps(whole["clean"])[:4] in page.read_text()


def test_robustness_names_what_is_missing(zoo, trained, tmp_path):
    export = tmp_path / "1"
    export.mkdir()
    (export / "saved_model.pb").touch()
    run = zoo("robustness", export, "--data", "synthetic-diagnosis")
    assert run.code == 2 and "--bundle" in run.err
    run = zoo("robustness", trained.folder, "--bundle", trained.folder, "--data", "synthetic-diagnosis")
    assert run.code == 2 and "--bundle goes with an export" in run.err


def test_train_takes_the_attack_it_is_to_bear(zoo, tmp_path):
    out = tmp_path / "digits"
    small = ["--set", "audio_filters=(4,)", "--set", "image_filters=(4,)", "--set", "joint_dim=8"]
    words = ["--data", "synthetic-digits", "--out", out, "--epochs", "1", *small]
    run = zoo("train", "audio_visual_fusion", *words, "--adversarial", "image=8/255", "--attack", "fgsm", "--json")
    told = mz.load_bundle(out).metrics["adversarial"]
    assert run.document["metrics"]["adversarial"] == told
    assert told["radius"] == {"image": pytest.approx(8 / 255)} and told["attack"] == "fgsm"


@pytest.mark.parametrize("word", ["image", "image=", "image=wide", "image=-1", "image=1/0"])
def test_a_radius_that_is_none_is_wrong_usage(zoo, tmp_path, word):
    words = ["--data", "synthetic-digits", "--out", tmp_path / "digits", "--adversarial", word]
    run = zoo("train", "audio_visual_fusion", *words)
    assert run.code == 2 and "--adversarial" in run.err
