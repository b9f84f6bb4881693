import json
import os

import numpy as np
import pytest

from multimodal_zoo.export.formats import AccuracyLost, FormatError, export_trunk, litert
from multimodal_zoo.export.formats.export_trunk import calibration_inputs
from multimodal_zoo.training import BundleError, evaluate, predictions_on
from multimodal_zoo.training.bundle import verify_manifest
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.unknown_name import UnknownName


@pytest.fixture(scope="module")
def exported(ids_and_numbers, clicks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats") / "lite"
    return folder, export_trunk(ids_and_numbers, folder, "litert", data=clicks)


def test_raw_records_through_both_parts_answer_as_the_bundle(exported, ids_and_numbers, clicks, answers, expected):
    folder, _ = exported
    test = clicks.split("test")
    records = [
        test[0][0],
        {"user": test[1][0]["user"]},
        {"item": test[2][0]["item"]},
        {**test[3][0], "user": "", "genres": []},
    ]
    got = answers(folder, litert.runtime(folder / litert.FILE), ids_and_numbers, records)
    np.testing.assert_allclose(got, expected(ids_and_numbers, records), atol=1e-5)


def test_the_report_has_the_figures_of_the_split(exported, ids_and_numbers, clicks):
    folder, report = exported
    assert report == json.loads((folder / "report.json").read_text())
    test = clicks.split("test")
    assert report["figure"] == "auc"
    assert report["float"]["auc"] == pytest.approx(evaluate(ids_and_numbers, test)["auc"], abs=1e-4)
    assert report["converted"]["auc"] == pytest.approx(report["float"]["auc"], abs=1e-4)
    assert report["records"] == len(test)
    assert report["max_difference"] < 1e-5
    assert report["converted"]["bytes"] == (folder / litert.FILE).stat().st_size
    assert 0 < report["converted"]["median_ms"] <= report["converted"]["p90_ms"]
    modalities = ids_and_numbers.modalities
    assert report["inputs"] == {
        **{name: {"shape": [1, *one.shape], "dtype": "int32"} for name, one in modalities.items()},
        "presence": {"shape": [1, len(modalities)], "dtype": "float32"},
    }


def test_the_folder_is_complete_and_its_manifest_holds(exported, ids_and_numbers):
    folder, _ = exported
    verify_manifest(folder)
    assert json.loads((folder / "labels.json").read_text()) == list(ids_and_numbers.class_names)
    assert sorted(os.listdir(folder)) == ["labels.json", "manifest.json", "model.tflite", "preprocess", "report.json"]


def test_a_network_that_answers_worse_is_refused_and_the_earlier_export_stays(
    exported, ids_and_numbers, clicks, monkeypatch
):
    """The converted network's answers are turned round: its AUC becomes one minus that of the float network."""
    folder, before = exported
    answers = predictions_on(ids_and_numbers, clicks.split("test"))[1]

    def measured(network, format, *rest):
        return (answers if format is None else 1 - answers), {"median_ms": 1.0, "p90_ms": 1.0}

    monkeypatch.setitem(export_trunk.__globals__, "convert_in_child", lambda trunk, file, *rest: file.write_bytes(b""))
    monkeypatch.setitem(export_trunk.__globals__, "measure_in_child", measured)
    kept = (folder / "manifest.json").read_bytes()
    with pytest.raises(AccuracyLost, match=r"litert loses too much: auc 0\.\d+ in floats, .* tolerance 0.01") as caught:
        export_trunk(ids_and_numbers, folder, "litert", data=clicks)
    assert caught.value.report["converted"]["auc"] == pytest.approx(1 - before["float"]["auc"], abs=1e-4)
    assert (folder / "manifest.json").read_bytes() == kept
    assert os.listdir(folder.parent) == [folder.name]


def test_a_greater_batch_answers_the_same_with_a_last_batch_filled_up(ids_and_numbers, clicks, tmp_path):
    count = len(clicks.split("validation"))
    batch_size = next(size for size in (7, 11, 13) if count % size)
    report = export_trunk(
        ids_and_numbers, tmp_path / "lite", "litert", data=clicks, split="validation", batch_size=batch_size
    )
    assert report["inputs"]["item"]["shape"][0] == batch_size
    assert report["converted"]["auc"] == pytest.approx(
        evaluate(ids_and_numbers, clicks.split("validation"))["auc"], abs=1e-6
    )


def test_calibration_takes_training_records(ids_and_numbers, clicks):
    got = calibration_inputs(ids_and_numbers, clicks, 4)
    training = prepare(clicks.split("train"), ids_and_numbers.modalities).content
    pairs = set(zip(training["user"].numpy().ravel(), training["item"].numpy().ravel(), strict=True))
    drawn = list(zip(got["user"].numpy().ravel(), got["item"].numpy().ravel(), strict=True))
    assert len(set(drawn)) == 4 and set(drawn) <= pairs
    assert sorted(got) == sorted([*ids_and_numbers.modalities, "presence"])


def test_what_cannot_be_is_refused_before_anything_is_written(ids_and_numbers, clicks, tmp_path):
    with pytest.raises(UnknownName, match="Unknown format 'litter'. Did you mean 'litert'"):
        export_trunk(ids_and_numbers, tmp_path / "x", "litter", data=clicks)
    with pytest.raises(UnknownName, match="Unknown quantisation of litert 'int4'"):
        export_trunk(ids_and_numbers, tmp_path / "x", quantize="int4", data=clicks)
    with pytest.raises(UnknownName, match="Unknown split"):
        export_trunk(ids_and_numbers, tmp_path / "x", data=clicks, split="tset")
    with pytest.raises(ValueError, match="tolerance is 0 or more"):
        export_trunk(ids_and_numbers, tmp_path / "x", data=clicks, tolerance=-0.1)
    assert os.listdir(tmp_path) == []
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BundleError, match="was not written by multimodal_zoo"):
        export_trunk(ids_and_numbers, tmp_path, data=clicks)


def test_a_bundle_is_not_taken_for_an_earlier_export(ids_and_numbers, clicks, tmp_path):
    folder = ids_and_numbers.save(tmp_path / "bundle")
    with pytest.raises(BundleError, match="was not written by"):
        export_trunk(folder, folder, data=clicks)


def test_a_missing_extra_is_named(ids_and_numbers, clicks, tmp_path, monkeypatch):
    monkeypatch.setattr("multimodal_zoo.export.formats.known_formats.find_spec", lambda name: None)
    with pytest.raises(
        FormatError, match=r"needs openvino, not installed here: pip install 'multimodal-zoo\[openvino\]'"
    ):
        export_trunk(ids_and_numbers, tmp_path / "x", "openvino", data=clicks)
