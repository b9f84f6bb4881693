import json
import os

import numpy as np
import pytest
from training.diagnosis import records, tiny_model

from multimodal_zoo.modalities import raw_to_tensors
from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training import BundleError, bundle_modalities, fit, load_bundle, save_bundle
from multimodal_zoo.training.bundle import FORMAT, written_beside


@pytest.fixture(scope="module")
def bundle():
    return fit(tiny_model(), (records(32, 0), records(16, 1)), epochs=1, verbose=0)


@pytest.fixture
def saved(bundle, tmp_path):
    return save_bundle(bundle, tmp_path / "bundle")


def test_it_holds_what_the_design_says(saved):
    files = {path.relative_to(saved).as_posix() for path in saved.rglob("*") if path.is_file()}
    assert files == {
        "model.keras",
        "modalities.json",
        "learned/image.json",
        "learned/report.json",
        "labels.json",
        "metrics.json",
        "inputs.json",
        "card.md",
        "manifest.json",
    }
    assert "arXiv:1703.07015" in (saved / "card.md").read_text()
    assert "fever" in json.loads((saved / "learned" / "report.json").read_text())["vocabulary"]


def test_the_loaded_bundle_answers_the_same(bundle, saved):
    loaded = load_bundle(saved)
    raw = next(iter(records(8, 2).batch(8)))[0]
    answers = []
    for one in (bundle, loaded):
        content, presence, _ = raw_to_tensors(one.modalities, raw)
        answers.append(one.model({**content, PRESENCE: presence}, training=False).numpy())
    np.testing.assert_array_equal(*answers)
    assert bundle_modalities(saved)["report"].length == bundle.modalities["report"].length


@pytest.mark.parametrize("name", ["model.keras", "labels.json", "learned/report.json"])
def test_a_changed_byte_is_refused_by_the_name_of_the_file(saved, name):
    path = saved / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=f"{name} was changed"):
        load_bundle(saved)


def test_a_missing_and_an_added_file_are_refused_by_name(saved):
    (saved / "extra.txt").write_text("x")
    with pytest.raises(BundleError, match="extra.txt is not listed"):
        load_bundle(saved)
    (saved / "extra.txt").unlink()
    (saved / "labels.json").unlink()
    with pytest.raises(BundleError, match="labels.json is missing"):
        load_bundle(saved)


@pytest.mark.parametrize("written", [FORMAT + 1, 0, "1"])
def test_a_format_that_is_not_known_is_refused(saved, written):
    manifest = json.loads((saved / "manifest.json").read_text())
    assert manifest["format"] == FORMAT
    (saved / "manifest.json").write_text(json.dumps({**manifest, "format": written}))
    with pytest.raises(BundleError, match=f"is of format {written}, and this version of multimodal_zoo reads"):
        load_bundle(saved)


def test_a_manifest_without_a_format_is_of_the_first(saved):
    manifest = json.loads((saved / "manifest.json").read_text())
    del manifest["format"]
    (saved / "manifest.json").write_text(json.dumps(manifest))
    assert load_bundle(saved).modalities.keys() == bundle_modalities(saved).keys()


def test_what_is_no_bundle_is_neither_read_nor_replaced(bundle, tmp_path):
    with pytest.raises(BundleError, match="is no bundle"):
        load_bundle(tmp_path)
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BundleError, match="was not written by multimodal_zoo"):
        save_bundle(bundle, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_failure_while_writing_leaves_the_old_one_whole(saved, monkeypatch, bundle):
    before = {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()}

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("multimodal_zoo.training.bundle.write_manifest", full)
    with pytest.raises(OSError, match="No space left"):
        save_bundle(bundle, saved)
    assert before == {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()}
    assert os.listdir(saved.parent) == ["bundle"]


def test_a_folder_written_beside_appears_only_when_it_is_complete(tmp_path):
    with written_beside(tmp_path / "a" / "b") as new:
        assert not (tmp_path / "a" / "b").exists()
        (new / "x").write_text("1")
    assert (tmp_path / "a" / "b" / "x").read_text() == "1" and os.listdir(tmp_path / "a") == ["b"]
