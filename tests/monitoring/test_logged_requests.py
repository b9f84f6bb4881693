"""Requests in the forms in which servers log them come back as the raw values that were sent."""

import base64
import json

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.modalities import Image, MultiCategorical, Numeric, Text, to_example
from multimodal_zoo.monitoring import read_requests
from multimodal_zoo.monitoring.logged_requests import UnreadableLog

MODALITIES = {
    "image": Image(4, 4, 1),
    "note": Text(10, 3).adapt(["a"]),
    "genres": MultiCategorical(10, 2).adapt([["war"]]),
    "age": Numeric().adapt([1.0, 2.0]),
}
B64 = {"b64": base64.b64encode(b"\x89PNG bytes").decode()}


def batches(tmp_path, *lines, name="log.jsonl"):
    file = tmp_path / name
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return list(read_requests([file], MODALITIES))


def shown(batch):
    return {name: values.numpy().tolist() for name, values in batch.items()}


def test_instances_of_rest(tmp_path):
    rows = [{"image_bytes": B64, "note": "a b", "genres": ["war", ""], "age": [3.0]}, {"note": "c"}]
    (batch,) = batches(tmp_path, {"signature_name": "serving_default", "instances": rows}, "")
    found = shown(batch)
    assert found["image"] == [b"\x89PNG bytes", b""] and found["note"] == [b"a b", b"c"]
    assert found["genres"] == [[b"war"], [b""]]
    assert found["age"][0] == [3.0] and np.isnan(found["age"][1][0])


def test_columns_of_rest_and_two_lines(tmp_path):
    first, second = batches(
        tmp_path, {"inputs": {"note": ["a", "b"]}}, {"inputs": {"note": ["c"], "image_bytes": [B64]}}
    )
    assert shown(first)["note"] == [b"a", b"b"] and shown(first)["image"] == [b"", b""]
    assert shown(second)["image"] == [b"\x89PNG bytes"]


def test_serialised_examples(tmp_path):
    example = to_example(MODALITIES, {"image": b"\x89PNG bytes", "genres": ["war"], "age": [3.0]})
    b64 = {"b64": base64.b64encode(example.SerializeToString()).decode()}
    body = {"signature_name": "tf_example", "instances": [{"examples": b64}, {"examples": {"b64": ""}}]}
    (batch,) = batches(tmp_path, body)
    found = shown(batch)
    assert found["image"] == [b"\x89PNG bytes", b""] and found["note"] == [b"", b""]
    assert found["genres"] == [[b"war"], [b""]]
    assert found["age"][0] == [3.0] and np.isnan(found["age"][1][0])


def test_a_text_in_place_of_bytes_is_never_read_as_a_file(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("not to be read")
    (batch,) = batches(tmp_path, {"inputs": {"image_bytes": [str(secret)]}})
    assert shown(batch)["image"] == [str(secret).encode()]


def test_the_log_of_tensorflow_serving(tmp_path):
    pytest.importorskip("tensorflow_serving", reason="needs tensorflow-serving-api, the extra `serving`")
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    log = PredictionLog()
    inputs = log.predict_log.request.inputs
    inputs["image_bytes"].CopyFrom(tf.make_tensor_proto([b"\x89PNG bytes", b""]))
    inputs["genres"].CopyFrom(tf.make_tensor_proto([["war", ""], ["", ""]]))
    inputs["age"].CopyFrom(tf.make_tensor_proto([[3.0], [np.nan]], tf.float32))
    file = tmp_path / "requests-00000"
    with tf.io.TFRecordWriter(str(file)) as writer:
        writer.write(log.SerializeToString())
    (batch,) = read_requests([file], MODALITIES)
    found = shown(batch)
    assert found["image"] == [b"\x89PNG bytes", b""] and found["genres"] == [[b"war"], [b""]]
    assert found["age"][0] == [3.0] and found["note"] == [b"", b""]
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(UnreadableLog, match="requests-00000"):
        list(read_requests([file], MODALITIES))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{not json", "line 1 is no REST body: Expecting"),
        ('{"rows": []}', 'line 1 is no REST body: expected {"instances": [{...}, ...]}'),
        ('{"inputs": {"other": [1]}}', "its inputs are other, the model takes image_bytes, note, genres, age"),
        ('{"inputs": {"note": ["a"], "age": [1, 2]}}', "different numbers of rows"),
        ('{"inputs": {"image_bytes": [{"b64": "?"}]}}', "line 1 is no REST body: Only base64"),
        ('{"inputs": {"age": ["old"]}}', "expected 1 number"),
    ],
)
def test_what_is_no_request_is_named_by_file_and_line(tmp_path, line, words):
    with pytest.raises(UnreadableLog) as error:
        batches(tmp_path, line)
    assert "log.jsonl" in str(error.value) and words in str(error.value)


def test_a_missing_file():
    with pytest.raises(UnreadableLog, match="There is no file"):
        list(read_requests(["nowhere.jsonl"], MODALITIES))
