import base64
import dataclasses
import json
import os

import numpy as np
import pytest
import tensorflow as tf
from training.diagnosis import png, records, tiny_model

from multimodal_zoo.export import export_bundle, signature_names
from multimodal_zoo.export.serving_folder import ServingFolderError
from multimodal_zoo.training import BundleError, evaluate, fit, save_bundle
from multimodal_zoo.training.bundle import card_text, verify_manifest


@pytest.fixture(scope="module")
def bundle():
    return fit(tiny_model(), (records(48, 0), records(16, 1)), epochs=2, verbose=0)


@pytest.fixture(scope="module")
def exported(bundle, tmp_path_factory):
    return export_bundle(bundle, tmp_path_factory.mktemp("saved") / "tiny" / "1")


@pytest.fixture(scope="module")
def served(exported):
    return tf.saved_model.load(str(exported))


def ask(served, images, reports):
    return served.signatures["serving_default"](image_bytes=tf.constant(images), report=tf.constant(reports))


def test_signatures_have_stable_names_and_a_dynamic_batch(served, bundle):
    assert sorted(served.signatures) == sorted(signature_names(bundle.model))
    inputs = served.signatures["serving_default"].structured_input_signature[1]
    assert {name: (spec.shape.as_list(), spec.dtype) for name, spec in inputs.items()} == {
        "image_bytes": ([None], tf.string),
        "report": ([None], tf.string),
    }
    assert sorted(served.signatures["serving_default"].structured_outputs) == [
        "presence",
        "probabilities",
        "undecodable",
    ]


def test_a_broken_image_is_absent_and_the_other_rows_answer_as_without_it(served):
    random = np.random.default_rng(0)
    good = [png(True, random), png(False, random)]
    texts = ["fever and opacity left", "fever and clear lungs"]
    alone = ask(served, good, texts)
    mixed = ask(served, [good[0], b"junk", b"", good[1]], [texts[0], texts[0], "", texts[1]])
    assert mixed["presence"].numpy().tolist() == [[1, 1], [0, 1], [0, 0], [1, 1]]
    # Not bit by bit: the kernels sum in another order for another number of rows.
    np.testing.assert_allclose(mixed["probabilities"].numpy()[[0, 3]], alone["probabilities"].numpy(), atol=1e-6)
    assert mixed["undecodable"].numpy().tolist() == [[False, False], [True, False], [False, False], [False, False]]
    without = ask(served, [b""], [texts[0]])
    np.testing.assert_allclose(mixed["probabilities"].numpy()[1], without["probabilities"].numpy()[0], atol=1e-6)
    assert np.isfinite(mixed["probabilities"].numpy()).all()


def test_the_artefact_scores_a_split_as_the_bundle_does(bundle, served):
    data = records(40, 3)

    class Split:
        def dataset(self):
            return data

    raw, labels = next(iter(data.batch(40)))
    answers = served.signatures["serving_default"](image_bytes=raw["image"], report=raw["report"])[
        "probabilities"
    ].numpy()
    picked = answers[np.arange(40), labels.numpy()]
    assert -np.log(picked).mean() == pytest.approx(evaluate(bundle, Split())["log_loss"], rel=1e-4)


def stored_requests(exported):
    return json.loads((exported / "assets.extra" / "golden_requests.json").read_text())["requests"]


def test_no_record_of_the_training_data_is_stored_unasked(exported, bundle):
    assert {path.name for path in (exported / "assets.extra").iterdir()} == {"card.md", "golden_requests.json"}
    assert (exported / "assets.extra" / "card.md").read_text() == card_text(bundle)
    titles = [one["title"] for one in stored_requests(exported)]
    assert titles == ["everything", "everything, another one", "image alone", "report alone", "nothing"]
    reports = {raw["report"].numpy().decode() for raw, _ in records(48, 0)}
    assert not reports & {one["inputs"]["report"] for one in stored_requests(exported)}


def test_records_asked_for_become_warm_up_and_golden_requests(bundle, tmp_path):
    prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    image = png(True, np.random.default_rng(0))
    to = export_bundle(bundle, tmp_path / "tiny" / "1", warm_up=[{"image": image, "report": "fever"}, {"report": "x"}])
    verify_manifest(to)
    logs = tf.data.TFRecordDataset(str(to / "assets.extra" / "tf_serving_warmup_requests"))
    requests = [prediction_log_pb2.PredictionLog.FromString(log.numpy()).predict_log.request for log in logs]
    assert [one.model_spec.name for one in requests] == ["tiny", "tiny"]
    assert [tf.make_ndarray(one.inputs["image_bytes"]).tolist() for one in requests] == [[image], [b""]]
    assert [tf.make_ndarray(one.inputs["report"]).tolist() for one in requests] == [[b"fever"], [b"x"]]

    first, second = stored_requests(to)[-2:]
    assert (first["title"], second["title"]) == ("record 0", "record 1")
    assert first["inputs"] == {"image_bytes": {"b64": base64.b64encode(image).decode()}, "report": "fever"}
    assert second["inputs"] == {"image_bytes": {"b64": ""}, "report": "x"}
    served = tf.saved_model.load(str(to))
    for one, asked in ((first, ask(served, [image], ["fever"])), (second, ask(served, [b""], ["x"]))):
        np.testing.assert_allclose(one["answer"]["probabilities"], asked["probabilities"].numpy()[0], atol=1e-6)


def test_too_many_records_leave_nothing(bundle, tmp_path, monkeypatch):
    pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    monkeypatch.setattr("multimodal_zoo.export.serving_folder.warm_up.MOST_RECORDS", 1)
    with pytest.raises(ServingFolderError, match="More than 1 warm-up records for tiny"):
        export_bundle(bundle, tmp_path / "tiny" / "1", warm_up=[{"report": "x"}] * 2)
    assert os.listdir(tmp_path / "tiny") == []


def test_from_a_folder_and_over_an_earlier_export(bundle, tmp_path):
    save_bundle(bundle, tmp_path / "bundle")
    to = export_bundle(tmp_path / "bundle", tmp_path / "saved" / "1")
    again = export_bundle(tmp_path / "bundle", to)
    assert again == to and os.listdir(to.parent) == ["1"]
    assert (to / "manifest.json").exists()


def test_the_manifest_says_which_data_are_behind_the_weights(bundle, tmp_path):
    data = {"name": "made-up:default", "title": "SYNTHETIC: pairs", "licence": "Apache-2.0", "synthetic": True}
    known = dataclasses.replace(bundle, metrics={**bundle.metrics, "data": data})
    to = export_bundle(known, tmp_path / "known" / "1")
    told = json.loads((to / "manifest.json").read_text())["data"]
    assert told == {"name": "made-up:default", "licence": "Apache-2.0", "synthetic": True}
    assert "SYNTHETIC" in (to / "assets.extra" / "card.md").read_text()


def test_another_folder_is_not_replaced_and_no_bundle_not_exported(bundle, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BundleError, match="was not written by multimodal_zoo"):
        export_bundle(bundle, tmp_path)
    with pytest.raises(BundleError, match="is no bundle"):
        export_bundle(tmp_path, tmp_path / "x")


def test_a_failure_leaves_no_half_written_export(bundle, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("multimodal_zoo.export.saved_model.write_manifest", full)
    with pytest.raises(OSError, match="No space left"):
        export_bundle(bundle, tmp_path / "saved" / "1")
    assert os.listdir(tmp_path / "saved") == []
