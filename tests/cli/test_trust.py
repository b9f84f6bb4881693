"""`calibrate`, `robustness` and `train --adversarial`: what they say is what the library measures."""

import numpy as np
import pytest

import multimodal_zoo as mz
from multimodal_zoo.datasets import DataSet, DataSetCard, Records, column
from multimodal_zoo.datasets.data_set import ENTRIES, Entry
from tests.explain.tiny_bundles import picture_and_numbers, pictures_and_numbers

CARD = DataSetCard(
    name="synthetic-tiny",
    title="SYNTHETIC: pictures and numbers of noise",
    task="classification",
    licence="none",
    source="built in",
    citation="none",
    protocols={"default": "24 each"},
    synthetic=True,
)


def split(seed):
    raw = pictures_and_numbers(24, seed)
    columns = {"picture": column(one["picture"] for one in raw)}
    columns["numbers"] = np.array([one["numbers"] for one in raw], "float32")
    return Records(columns, np.arange(24) % 3)


@pytest.fixture
def data(monkeypatch):
    """A small data set that the command knows by name."""
    splits = {name: split(seed) for seed, name in enumerate(("train", "validation", "test"))}
    made = DataSet(CARD, "default", {}, ("class 0", "class 1", "class 2"), splits)
    monkeypatch.setitem(ENTRIES, CARD.name, Entry(CARD, lambda card, protocol, folder: made, ()))
    return made


@pytest.fixture
def folder(tmp_path):
    """A bundle."""
    return picture_and_numbers().save(tmp_path / "bundle")


def test_calibrate_writes_the_bundle_anew_and_judges_on_the_test_split(zoo, data, folder, tmp_path):
    before = mz.load_bundle(folder)
    fitted = mz.calibrate(before, data.split("validation"))
    out = tmp_path / "calibrated"
    assert zoo("calibrate", folder, "--data", CARD.name, "--out", out).code == 0
    assert not mz.load_bundle(folder).calibration
    # A second time, in its place: of the network, and not of what it answers now.
    run = zoo("calibrate", out, "--data", CARD.name, "--json")
    assert run.code == 0 and run.document["bundle"] == str(out)
    told, after = run.document["calibration"], mz.load_bundle(out)
    assert after.calibration == told
    for there, one in fitted.calibration.items():
        assert told[there]["temperature"] == pytest.approx(one["temperature"], rel=1e-5)
    plain, scaled = (mz.evaluate(one, data.split("test"), without=["picture"])["log_loss"] for one in (before, after))
    assert told["numbers"]["test"]["before"]["log_loss"] == pytest.approx(plain, rel=1e-4)
    assert told["numbers"]["test"]["after"]["log_loss"] == pytest.approx(scaled, rel=1e-4)
    assert "## Calibration" in (out / "card.md").read_text()
    shown = zoo("calibrate", out, "--data", CARD.name).out
    (line,) = [line for line in shown.splitlines() if line.startswith("numbers ")]
    assert line.split()[2] == f"{told['numbers']['test']['before']['ece']:.4f}"


def test_calibrate_names_what_is_missing(zoo, tmp_path):
    run = zoo("calibrate", tmp_path / "nothing", "--data", "synthetic-diagnosis")
    assert run.code == 2 and "There is no bundle" in run.err


def test_robustness_of_an_export_and_of_its_bundle_are_the_same(zoo, data, folder, tmp_path):
    few = ["--data", CARD.name, "--records", 12, "--json"]
    export, page = tmp_path / "saved" / "1", tmp_path / "page.html"
    assert zoo("export", folder, "--to", export).code == 0
    of_export = zoo("robustness", export, "--bundle", folder, "--no-attacks", *few).document
    whole = zoo("robustness", folder, "--baseline", folder, "--out", page, *few).document
    # Beside itself a network loses no less and no more.
    assert [one.pop("effective_robustness") for one in whole["curves"]] == [0.0] * len(whole["curves"])
    for name in ("records", "figure", "clean", "curves", "missing"):
        assert whole[name] == of_export[name]
    assert whole["records"] == 12 and {one["noise"] for one in whole["curves"]} >= {"gaussian", "blur", "missing"}
    assert {(one["modality"], one["noise"]) for one in whole["attacks"]} == {
        (modality, attack) for modality in ("picture", "numbers") for attack in ("fgsm", "pgd")
    }
    assert of_export["attacks"] == [] and whole["not_attacked"] == {}
    assert f"{whole['clean']:.4f}" in page.read_text()
    shown = zoo("robustness", folder, "--no-attacks", *few[:-1]).out
    (line,) = [line for line in shown.splitlines() if line.startswith("picture+numbers ")]
    assert line.split()[1] == f"{whole['missing']['picture+numbers']:.4f}"


def test_robustness_names_what_is_missing(zoo, tmp_path):
    export, bundle = tmp_path / "1", tmp_path / "bundle"
    export.mkdir()
    (export / "saved_model.pb").touch()
    run = zoo("robustness", export, "--data", CARD.name)
    assert run.code == 2 and "--bundle" in run.err
    run = zoo("robustness", bundle, "--bundle", bundle, "--data", CARD.name)
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
