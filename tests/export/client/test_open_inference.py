"""The exact documents of the Open Inference Protocol over HTTP, with what stands behind them in binary."""

import json

import numpy as np
import pytest
from export.client.http_server import Reply, ScriptedServer, json_reply

from multimodal_zoo.export.client import (
    Backoff,
    ModelNotFound,
    OpenInferenceClient,
    RecordError,
    RequestRefused,
    ServerUnreachable,
    Signature,
    TensorSpec,
    UnreadableAnswer,
)
from multimodal_zoo.export.client.open_inference import binary, from_binary

MODEL = "/v2/models/diagnosis"
QUICK = Backoff(first=0.001)
METADATA = {
    "name": "diagnosis",
    "versions": ["1"],
    "platform": "tensorflow_savedmodel",
    "inputs": [
        {"name": "image_bytes", "datatype": "BYTES", "shape": [-1]},
        {"name": "report", "datatype": "BYTES", "shape": [-1, 1]},
        {"name": "tags", "datatype": "BYTES", "shape": [-1, -1]},
        {"name": "age", "datatype": "FP32", "shape": [-1, 1]},
    ],
    "outputs": [
        {"name": "labels", "datatype": "BYTES", "shape": [-1]},
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, 2]},
    ],
}
ANSWER = {
    "model_name": "diagnosis",
    "model_version": "1",
    "outputs": [
        {"name": "labels", "datatype": "BYTES", "shape": [2], "data": ["krank", "gesünd"]},
        {"name": "probabilities", "datatype": "FP32", "shape": [2, 2], "data": [0.1, 0.9, 0.5, 0.5]},
    ],
}
ROWS = [{"labels": "krank", "probabilities": [0.1, 0.9]}, {"labels": "gesünd", "probabilities": [0.5, 0.5]}]


def server(*replies, path=MODEL):
    scripts = {
        ("GET", path): [json_reply(METADATA)],
        ("POST", f"{path}/infer"): list(replies) or [json_reply(ANSWER)],
    }
    return ScriptedServer(scripts)


def client_of(one, **options):
    return OpenInferenceClient(one.url, "diagnosis", **{"timeout": 5.0, "backoff": QUICK, **options})


def test_what_json_can_carry_is_json():
    inputs = {
        one.name: one for one in (TensorSpec("report", "string", (None,)), TensorSpec("age", "float32", (None, 1)))
    }
    with server() as one, client_of(one, signature=Signature(inputs, {})) as client:
        assert client.predict([{"report": "né", "age": 41}, {"age": 1.5}]) == ROWS
    (asked,) = one.asked
    assert asked.path == f"{MODEL}/infer"
    assert asked.headers["content-type"] == "application/json"
    assert "inference-header-content-length" not in asked.headers
    assert asked.body.decode() == (
        '{"inputs": [{"name": "report", "shape": [2], "datatype": "BYTES", "data": ["né", ""]}, '
        '{"name": "age", "shape": [2, 1], "datatype": "FP32", "data": [41.0, 1.5]}]}'
    )


def test_bytes_and_nan_stand_behind_the_json():
    with server() as one, client_of(one) as client:
        rows = client.predict([{"image_bytes": b"\xff\x00", "report": "né", "tags": ["a", "b"], "age": 41}, {}])
    assert rows == ROWS
    assert one.paths() == [f"GET {MODEL}", f"POST {MODEL}/infer"]
    asked = one.asked[1]
    length = int(asked.headers["inference-header-content-length"])
    assert asked.headers["content-type"] == "application/octet-stream"
    assert json.loads(asked.body[:length]) == {
        "inputs": [
            {"name": "image_bytes", "shape": [2], "datatype": "BYTES", "parameters": {"binary_data_size": 10}},
            {"name": "report", "shape": [2, 1], "datatype": "BYTES", "data": ["né", ""]},
            {"name": "tags", "shape": [2, 2], "datatype": "BYTES", "data": ["a", "b", "", ""]},
            {"name": "age", "shape": [2, 1], "datatype": "FP32", "parameters": {"binary_data_size": 8}},
        ]
    }
    image, age = asked.body[length : length + 10], asked.body[length + 10 :]
    assert image == b"\x02\x00\x00\x00\xff\x00" + b"\x00\x00\x00\x00"
    np.testing.assert_array_equal(np.frombuffer(age, "<f4"), np.array([41, np.nan], "float32"))


def test_an_answer_in_binary_is_read():
    outputs = [
        {"name": "labels", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": 20}},
        {"name": "count", "datatype": "INT64", "shape": [2], "data": [3, 9007199254740993]},
        {"name": "probabilities", "datatype": "FP32", "shape": [2, 1], "parameters": {"binary_data_size": 8}},
    ]
    document = json.dumps({"model_name": "diagnosis", "outputs": outputs}).encode()
    labels = b"\x05\x00\x00\x00krank" + b"\x07\x00\x00\x00ges\xc3\xbcnd"
    body = document + labels + np.array([0.5, -0.25], "<f4").tobytes()
    reply = Reply(200, body, {"Inference-Header-Content-Length": str(len(document))})
    with server(reply) as one, client_of(one) as client:
        assert client.predict([{}, {}]) == [
            {"labels": "krank", "count": 3, "probabilities": [0.5]},
            {"labels": "gesünd", "count": 9007199254740993, "probabilities": [-0.25]},
        ]


def test_nested_data_is_read_as_flat_data_is():
    nested = {"outputs": [{"name": "p", "datatype": "FP32", "shape": [2, 2], "data": [[0.1, 0.9], [0.5, 0.5]]}]}
    words = {"outputs": [{"name": "w", "datatype": "BYTES", "shape": [2, 2], "data": [["a", "b"], ["c", "d"]]}]}
    with server(json_reply(nested), json_reply(words)) as one, client_of(one) as client:
        assert client.predict([{}, {}]) == [{"p": [0.1, 0.9]}, {"p": [0.5, 0.5]}]
        assert client.predict([{}, {}]) == [{"w": ["a", "b"]}, {"w": ["c", "d"]}]


def test_a_version_stands_in_the_path():
    with server(path=f"{MODEL}/versions/v%2010") as one, client_of(one, version="v 10") as client:
        client.predict([{}, {}])
    assert one.paths() == [f"GET {MODEL}/versions/v%2010", f"POST {MODEL}/versions/v%2010/infer"]


def test_an_unknown_key_is_refused_with_the_known_ones():
    with server() as one, client_of(one) as client:
        with pytest.raises(RecordError, match="unknown key 'x'. The model takes: image_bytes, report, tags, age"):
            client.predict([{"x": 1}])
    assert one.paths() == [f"GET {MODEL}"]


@pytest.mark.parametrize("status", [404, 400])
def test_an_unknown_model(status):
    text = "Request for unknown model: 'diagnosis' is not found"
    with ScriptedServer({("GET", MODEL): [json_reply({"error": text}, status)]}) as one, client_of(one) as client:
        with pytest.raises(ModelNotFound, match=text):
            client.predict([{}])
    assert len(one.asked) == 1


def test_a_refusal_and_a_server_that_is_busy():
    text = "unexpected shape for input 'tags'"
    with server(json_reply({"error": text}, 400)) as one, client_of(one) as client:
        with pytest.raises(RequestRefused, match=text) as caught:
            client.predict([{}])
    assert (caught.value.status, caught.value.text, len(one.asked)) == (400, text, 2)
    with server(json_reply({"error": "no"}, 503), json_reply(ANSWER)) as one, client_of(one, retries=1) as client:
        assert client.predict([{}, {}]) == ROWS
    with server(json_reply({"error": "no"}, 503)) as one, client_of(one, retries=1) as client:
        with pytest.raises(ServerUnreachable, match="at the last of 2 attempts"):
            client.predict([{}])
    assert len(one.asked) == 3


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ({"name": "p", "datatype": "FP32", "shape": [2, 2], "data": [1.0]}, "not as the protocol has them"),
        ({"name": "p", "datatype": "FP8", "shape": [2], "data": [1, 2]}, "p has the type 'FP8', expected one of BOOL"),
        ({"name": "p", "shape": [2], "data": [1, 2]}, "KeyError: 'datatype'"),
        (
            {"name": "p", "datatype": "FP32", "shape": [1], "data": [1.0]},
            "p has 1 rows, expected one for each of the 2",
        ),
        ({"name": "p", "datatype": "FP32", "shape": [2], "parameters": {"binary_data_size": 8}}, "p has 0 bytes"),
    ],
)
def test_an_answer_of_another_kind_is_named(output, message):
    with server(json_reply({"outputs": [output]})) as one, client_of(one) as client:
        with pytest.raises(UnreadableAnswer, match=message):
            client.predict([{}, {}])


@pytest.mark.parametrize(
    ("array", "datatype"),
    [
        (np.array([[True, False]]), "BOOL"),
        (np.array([1, -2], "int16"), "INT16"),
        (np.array([0.5, np.inf], "float16"), "FP16"),
        (np.array([[b"", b"\x00a"]], object), "BYTES"),
    ],
)
def test_binary_there_and_back(array, datatype):
    assert from_binary(binary(array), datatype, array.shape, "x").tolist() == array.tolist()


@pytest.mark.parametrize("block", [b"\x01\x00\x00\x00a", b"\x01\x00\x00\x00a\x05\x00\x00\x00b", b"\x01"])
def test_strings_that_do_not_add_up_are_named(block):
    with pytest.raises(UnreadableAnswer, match=r"expected 2 for the shape \(2,\)"):
        from_binary(block, "BYTES", (2,), "x")
