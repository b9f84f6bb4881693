import json

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.export.serving_folder import ServingFolderError, write_warm_up
from multimodal_zoo.training.bundle import BundleError, verify_manifest

prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")

RECORDS = [
    {"image_bytes": b"\xff\xd8\x00", "report": "fièvre", "age": [3.0, 0.5]},
    {"report": tf.constant("clear"), "age": np.array([1, 2], np.float32)},
]


@pytest.fixture
def version(root):
    return root / "deep_fm" / "10"


def read(path):
    return [prediction_log_pb2.PredictionLog.FromString(raw.numpy()) for raw in tf.data.TFRecordDataset(str(path))]


def test_the_requests_replayed_answer_as_the_records_do(version):
    path = write_warm_up(version, "deep_fm", RECORDS)
    assert path == version / "assets.extra" / "tf_serving_warmup_requests"
    requests = [log.predict_log.request for log in read(path)]
    assert [(one.model_spec.name, one.model_spec.signature_name) for one in requests] == [
        ("deep_fm", "serving_default")
    ] * 2
    served = tf.saved_model.load(str(version))
    answers = [
        served.signatures["serving_default"](
            **{name: tf.constant(tf.make_ndarray(value)) for name, value in one.inputs.items()}
        )
        for one in requests
    ]
    # Bytes, not characters: "fièvre" has seven. The missing image is the empty string.
    assert [answer["lengths"].numpy().tolist() for answer in answers] == [[[3, 7]], [[0, 5]]]
    assert [answer["age"].numpy().tolist() for answer in answers] == [[[3.0, 0.5]], [[1.0, 2.0]]]


def test_the_manifest_lists_the_requests_and_still_guards_the_rest(version):
    path = write_warm_up(version, "deep_fm", RECORDS)
    verify_manifest(version)
    write_warm_up(version, "deep_fm", RECORDS[:1])
    verify_manifest(version)
    assert len(read(path)) == 1
    assert sorted(one.name for one in path.parent.iterdir()) == [path.name]
    (version / "saved_model.pb").write_bytes((version / "saved_model.pb").read_bytes() + b"x")
    with pytest.raises(BundleError, match=r"saved_model\.pb was changed"):
        verify_manifest(version)


def test_a_list_input_left_out_is_one_empty_string(exports, tmp_path):
    folder = tmp_path / "1"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes((exports / "lists" / "saved_model.pb").read_bytes())
    path = write_warm_up(folder, "films", [{}, {"genres": ["war", "drama"]}])
    values = [tf.make_ndarray(log.predict_log.request.inputs["genres"]).tolist() for log in read(path)]
    assert values == [[[b""]], [[b"war", b"drama"]]]
    assert not (folder / "manifest.json").exists()


def test_a_thousand_records_and_no_more(version):
    path = write_warm_up(version, "deep_fm", [RECORDS[1]] * 1000)
    assert len(read(path)) == 1000
    before = path.read_bytes()
    with pytest.raises(ServingFolderError, match="More than 1000 warm-up records for deep_fm.*Choose fewer"):
        write_warm_up(version, "deep_fm", (RECORDS[1] for _ in range(1001)))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"image": b"x"}, "record 1 has the unknown input 'image'. The signature takes: age, image_bytes, report"),
        ({"report": "x"}, r"record 1 lacks the input 'age' \(float32, shape \(2,\)\)"),
        ({"age": "old"}, r"record 1, input 'age': str came, float32 of shape \(2,\) was expected"),
        ({"age": [1.0]}, r"record 1, input 'age': the shape \(1,\) came, float32 of shape \(2,\) was expected"),
        ({"age": [1, 2], "report": ["a", "b"]}, r"input 'report': the shape \(2,\) came, string of shape \(\)"),
        ({"age": [1, 2], "report": 3}, "input 'report': int came, string"),
    ],
)
def test_records_that_do_not_fit(version, record, message):
    with pytest.raises(ServingFolderError, match=message):
        write_warm_up(version, "deep_fm", [RECORDS[0], record])
    assert not (version / "assets.extra").exists()


def test_no_record_no_signature_and_no_model(version, tmp_path):
    with pytest.raises(ServingFolderError, match="no warm-up record for deep_fm"):
        write_warm_up(version, "deep_fm", [])
    with pytest.raises(ServingFolderError, match="no signature 'embed' with inputs. It has: serving_default"):
        write_warm_up(version, "deep_fm", RECORDS, signature="embed")
    with pytest.raises(ServingFolderError, match=r"There is no .*saved_model\.pb"):
        write_warm_up(tmp_path, "deep_fm", RECORDS)
    (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff\xff")
    with pytest.raises(ServingFolderError, match=r"saved_model\.pb is no SavedModel"):
        write_warm_up(tmp_path, "deep_fm", RECORDS)


@pytest.mark.parametrize("with_manifest", [True, False])
def test_a_foreign_file_is_left_alone(version, with_manifest):
    foreign = version / "assets.extra" / "tf_serving_warmup_requests"
    foreign.parent.mkdir()
    foreign.write_bytes(b"somebody's")
    if not with_manifest:
        (version / "manifest.json").unlink()
    with pytest.raises(ServingFolderError, match="tf_serving_warmup_requests exists and was not written by"):
        write_warm_up(version, "deep_fm", RECORDS)
    assert foreign.read_bytes() == b"somebody's"
    if with_manifest:
        assert "assets.extra" not in json.dumps(json.loads((version / "manifest.json").read_text()))
