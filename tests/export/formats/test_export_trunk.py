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
def exported(with_gru, diagnosis, tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats") / "lite"
    return folder, export_trunk(with_gru, folder, "litert", data=diagnosis)


def test_raw_records_through_both_parts_answer_as_the_bundle(exported, with_gru, diagnosis, answers, expected):
    folder, _ = exported
    test = diagnosis.split("test")
    records = [
        test[0][0],
        {"report": test[1][0]["report"]},
        {"image": test[2][0]["image"]},
        {"image": b"", **test[3][0]},
    ]
    got = answers(folder, litert.runtime(folder / litert.FILE), with_gru, records)
    np.testing.assert_allclose(got, expected(with_gru, records), atol=1e-5)


def test_the_report_has_the_figures_of_the_split(exported, with_gru, diagnosis):
    folder, report = exported
    assert report == json.loads((folder / "report.json").read_text())
    test = diagnosis.split("test")
    assert report["figure"] == "auc"
    assert report["float"]["auc"] == pytest.approx(evaluate(with_gru, test)["auc"], abs=1e-4)
    assert report["converted"]["auc"] == pytest.approx(report["float"]["auc"], abs=1e-4)
    assert report["records"] == len(test)
    assert report["max_difference"] < 1e-5
    assert report["converted"]["bytes"] == (folder / litert.FILE).stat().st_size
    assert 0 < report["converted"]["median_ms"] <= report["converted"]["p90_ms"]
    height, width, channels = with_gru.modalities["image"].shape
    assert report["inputs"] == {
        "image": {"shape": [1, height, width, channels], "dtype": "float32"},
        "report": {"shape": [1, *with_gru.modalities["report"].shape], "dtype": "int32"},
        "presence": {"shape": [1, 2], "dtype": "float32"},
    }


def test_the_folder_is_complete_and_its_manifest_holds(exported, with_gru):
    folder, _ = exported
    verify_manifest(folder)
    assert json.loads((folder / "labels.json").read_text()) == list(with_gru.class_names)
    assert sorted(os.listdir(folder)) == ["labels.json", "manifest.json", "model.tflite", "preprocess", "report.json"]


def test_a_network_that_answers_worse_is_refused_and_the_earlier_export_stays(
    exported, with_gru, diagnosis, monkeypatch
):
    """The converted network's answers are turned round: its AUC becomes one minus that of the float network."""
    folder, before = exported
    answers = predictions_on(with_gru, diagnosis.split("test"))[1]

    def measured(network, format, *rest):
        return (answers if format is None else answers[:, ::-1]), {"median_ms": 1.0, "p90_ms": 1.0}

    monkeypatch.setitem(export_trunk.__globals__, "convert_in_child", lambda trunk, file, *rest: file.write_bytes(b""))
    monkeypatch.setitem(export_trunk.__globals__, "measure_in_child", measured)
    kept = (folder / "manifest.json").read_bytes()
    with pytest.raises(AccuracyLost, match=r"litert loses too much: auc 0\.\d+ in floats, .* tolerance 0.01") as caught:
        export_trunk(with_gru, folder, "litert", data=diagnosis)
    assert caught.value.report["converted"]["auc"] == pytest.approx(1 - before["float"]["auc"], abs=1e-4)
    assert (folder / "manifest.json").read_bytes() == kept
    assert os.listdir(folder.parent) == [folder.name]


def test_a_greater_batch_answers_the_same_with_a_last_batch_filled_up(convolutions, digits, tmp_path):
    count = len(digits.split("validation"))
    batch_size = next(size for size in (7, 11, 13) if count % size)
    report = export_trunk(
        convolutions, tmp_path / "lite", "litert", data=digits, split="validation", batch_size=batch_size
    )
    assert report["inputs"]["image"]["shape"][0] == batch_size
    assert report["figure"] == "accuracy"
    assert report["converted"]["accuracy"] == pytest.approx(
        evaluate(convolutions, digits.split("validation"))["accuracy"], abs=1e-6
    )


def test_calibration_takes_training_records(with_gru, diagnosis):
    got = calibration_inputs(with_gru, diagnosis, 4)
    training = prepare(diagnosis.split("train"), with_gru.modalities).content["image"].numpy()
    rows = [np.flatnonzero((training == one).all(axis=(1, 2, 3))) for one in got["image"].numpy()]
    assert len(rows) == 4 and all(len(found) for found in rows)
    assert sorted(got) == ["image", "presence", "report"]


def test_what_cannot_be_is_refused_before_anything_is_written(with_gru, diagnosis, tmp_path):
    with pytest.raises(UnknownName, match="Unknown format 'litter'. Did you mean 'litert'"):
        export_trunk(with_gru, tmp_path / "x", "litter", data=diagnosis)
    with pytest.raises(UnknownName, match="Unknown quantisation of litert 'int4'"):
        export_trunk(with_gru, tmp_path / "x", quantize="int4", data=diagnosis)
    with pytest.raises(UnknownName, match="Unknown split"):
        export_trunk(with_gru, tmp_path / "x", data=diagnosis, split="tset")
    with pytest.raises(ValueError, match="tolerance is 0 or more"):
        export_trunk(with_gru, tmp_path / "x", data=diagnosis, tolerance=-0.1)
    assert os.listdir(tmp_path) == []
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BundleError, match="was not written by multimodal_zoo"):
        export_trunk(with_gru, tmp_path, data=diagnosis)


def test_a_bundle_is_not_taken_for_an_earlier_export(with_gru, diagnosis, tmp_path):
    folder = with_gru.save(tmp_path / "bundle")
    with pytest.raises(BundleError, match="was not written by"):
        export_trunk(folder, folder, data=diagnosis)


def test_a_missing_extra_is_named(with_gru, diagnosis, tmp_path, monkeypatch):
    monkeypatch.setattr("multimodal_zoo.export.formats.known_formats.find_spec", lambda name: None)
    with pytest.raises(
        FormatError, match=r"needs openvino, not installed here: pip install 'multimodal-zoo\[openvino\]'"
    ):
        export_trunk(with_gru, tmp_path / "x", "openvino", data=diagnosis)
