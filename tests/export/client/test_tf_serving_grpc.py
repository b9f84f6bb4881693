"""The exact messages that go to TensorFlow Serving's gRPC interface and come from it."""

import socket
import threading

import numpy as np
import pytest
from google.protobuf import text_format

pytest.importorskip("grpc")

from export.client.grpc_server import Refuse, ScriptedGrpcServer

from multimodal_zoo.export.client import (
    Backoff,
    DeadlineExceeded,
    GrpcClient,
    ModelNotFound,
    RecordError,
    RequestRefused,
    ServerFailed,
    ServerUnreachable,
    TensorSpec,
    UnreadableAnswer,
)
from multimodal_zoo.export.client.messages import message_class
from multimodal_zoo.export.client.tf_serving_grpc import TYPES, tensor_array, tensor_proto

PREDICT = "/tensorflow.serving.PredictionService/Predict"
METADATA = "/tensorflow.serving.PredictionService/GetModelMetadata"
QUICK = Backoff(first=0.001)

TensorProto = message_class("tensorflow.TensorProto")
PredictRequest = message_class("tensorflow.serving.PredictRequest")
PredictResponse = message_class("tensorflow.serving.PredictResponse")
MetadataRequest = message_class("tensorflow.serving.GetModelMetadataRequest")
MetadataResponse = message_class("tensorflow.serving.GetModelMetadataResponse")
SignatureDefMap = message_class("tensorflow.serving.SignatureDefMap")

SIGNATURES = text_format.Parse(
    """
    signature_def { key: "serving_default" value {
      inputs { key: "image_bytes" value { name: "a:0" dtype: 7 tensor_shape { dim { size: -1 } } } }
      inputs { key: "tags" value { name: "b:0" dtype: 7 tensor_shape { dim { size: -1 } dim { size: -1 } } } }
      inputs { key: "age" value { name: "c:0" dtype: 1 tensor_shape { dim { size: -1 } dim { size: 1 } } } }
      outputs { key: "labels" value { name: "d:0" dtype: 7 tensor_shape { dim { size: -1 } } } }
      method_name: "tensorflow/serving/predict" } }
    signature_def { key: "embed" value {
      inputs { key: "tags" value { name: "b:0" dtype: 7 tensor_shape { unknown_rank: true } } }
      outputs { key: "joint" value { name: "e:0" dtype: 1 tensor_shape { dim { size: -1 } dim { size: 2 } } } } } }
    signature_def { key: "__saved_model_init_op" value {} }
    """,
    SignatureDefMap(),
)


def described():
    answer = MetadataResponse()
    answer.metadata["signature_def"].type_url = "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    answer.metadata["signature_def"].value = SIGNATURES.SerializeToString()
    return answer


def answer():
    made = PredictResponse()
    made.outputs["labels"].CopyFrom(tensor_proto(np.array(["gesünd".encode(), b"krank"], object)))
    made.outputs["probabilities"].CopyFrom(tensor_proto(np.array([[0.25, 0.75], [0.5, 0.5]], "float32")))
    made.outputs["undecodable"].CopyFrom(tensor_proto(np.array([[True], [False]])))
    return made


def server(*replies):
    return ScriptedGrpcServer({METADATA: [described()], PREDICT: list(replies) or [answer()]})


def client_of(one, **options):
    return GrpcClient(one.target, "diagnosis", **{"timeout": 10.0, "backoff": QUICK, **options})


def test_request_and_answer():
    with server() as one, client_of(one) as client:
        rows = client.predict([{"image_bytes": b"\xff\x00", "tags": ["né", "b"], "age": 41}, {}])
    assert [method for method, _ in one.asked] == [METADATA, PREDICT]
    assert MetadataRequest.FromString(one.asked[0][1]) == MetadataRequest(
        model_spec={"name": "diagnosis"}, metadata_field=["signature_def"]
    )
    wanted = text_format.Parse(
        r"""
        model_spec { name: "diagnosis" signature_name: "serving_default" }
        inputs { key: "image_bytes" value {
          dtype: 7 tensor_shape { dim { size: 2 } } string_val: "\377\000" string_val: "" } }
        inputs { key: "tags" value { dtype: 7 tensor_shape { dim { size: 2 } dim { size: 2 } }
          string_val: "n\303\251" string_val: "b" string_val: "" string_val: "" } }
        inputs { key: "age" value {
          dtype: 1 tensor_shape { dim { size: 2 } dim { size: 1 } } tensor_content: "\000\000$B\000\000\300\177" } }
        """,
        PredictRequest(),
    )
    assert PredictRequest.FromString(one.asked[1][1]) == wanted
    assert rows == [
        {"labels": "gesünd", "probabilities": [0.25, 0.75], "undecodable": [True]},
        {"labels": "krank", "probabilities": [0.5, 0.5], "undecodable": [False]},
    ]


@pytest.mark.parametrize(
    ("options", "field"),
    [({"version": 7}, "version { value: 7 }"), ({"label": "stable"}, 'version_label: "stable"')],
)
def test_version_label_and_signature_stand_in_the_model_spec(options, field):
    with server() as one, client_of(one, **options) as client:
        client.predict([{}, {}], signature_name="embed")
        assert client.describe("embed").inputs == {"tags": TensorSpec("tags", "string", None)}
    specs = [
        MetadataRequest.FromString(one.asked[0][1]).model_spec,
        PredictRequest.FromString(one.asked[1][1]).model_spec,
    ]
    spec = type(specs[0])
    assert specs[0] == text_format.Parse(f'name: "diagnosis" {field}', spec())
    assert specs[1] == text_format.Parse(f'name: "diagnosis" signature_name: "embed" {field}', spec())


def test_headers_go_with_every_call():
    with server() as one, client_of(one, headers={"authorization": "Bearer x"}) as client:
        client.predict([{}, {}])
        client.predict([{}, {}])
    assert one.methods() == ["GetModelMetadata", "Predict", "Predict"]
    assert [metadata["authorization"] for metadata in one.metadata] == ["Bearer x"] * 3


def test_answers_beyond_four_megabytes_are_read():
    large = PredictResponse()
    large.outputs["joint"].CopyFrom(tensor_proto(np.zeros((1, 1_100_000), "float32")))
    with server(large) as one, client_of(one) as client:
        assert len(client.predict([{}])[0]["joint"]) == 1_100_000


def test_unknown_keys_and_signatures_never_reach_the_model():
    with server() as one, client_of(one) as client:
        with pytest.raises(RecordError, match="unknown key 'img'. The model takes:"):
            client.predict([{"img": b""}])
        with pytest.raises(ModelNotFound, match="no signature 'explain'. It has: embed, serving_default"):
            client.predict([{}], signature_name="explain")
    assert one.methods() == ["GetModelMetadata"] * 2


@pytest.mark.parametrize("code", ["UNAVAILABLE", "RESOURCE_EXHAUSTED"])
def test_what_may_pass_is_tried_again(code):
    with server(Refuse(code, "busy"), Refuse(code, "busy"), answer()) as one, client_of(one, retries=2) as client:
        assert len(client.predict([{}, {}])) == 2
    assert one.methods() == ["GetModelMetadata", "Predict", "Predict", "Predict"]


def test_what_does_not_pass_is_unreachable():
    with server(Refuse("UNAVAILABLE", "draining")) as one, client_of(one, retries=2) as client:
        with pytest.raises(ServerUnreachable, match=r"UNAVAILABLE \(draining\), at the last of 3 attempts") as caught:
            client.predict([{}])
    assert (caught.value.attempts, one.methods().count("Predict")) == (3, 3)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("INVALID_ARGUMENT", RequestRefused),
        ("FAILED_PRECONDITION", RequestRefused),
        ("UNAUTHENTICATED", RequestRefused),
        ("NOT_FOUND", ModelNotFound),
        ("INTERNAL", ServerFailed),
        ("UNIMPLEMENTED", ServerFailed),
        ("DEADLINE_EXCEEDED", DeadlineExceeded),
    ],
)
def test_the_rest_is_not(code, kind):
    with server(Refuse(code, "the server's words")) as one, client_of(one) as client:
        with pytest.raises(kind, match="the server's words") as caught:
            client.predict([{}])
    assert one.methods() == ["GetModelMetadata", "Predict"]
    if kind in (RequestRefused, ServerFailed):
        assert (caught.value.status, caught.value.text) == (code, "the server's words")


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = f"127.0.0.1:{listener.getsockname()[1]}"
    with GrpcClient(target, "m", retries=1, backoff=QUICK) as client:
        with pytest.raises(ServerUnreachable, match="UNAVAILABLE .*at the last of 2 attempts"):
            client.predict([{}])


def test_the_deadline_covers_a_server_that_never_answers():
    stall = threading.Event()

    def slow():
        stall.wait(5)
        return b""

    with server(slow) as one, client_of(one) as client:
        client.describe()
        client.timeout = 0.2
        try:
            with pytest.raises(DeadlineExceeded, match="further attempts included, had 0.2 s"):
                client.predict([{}])
        finally:
            stall.set()
    assert one.methods() == ["GetModelMetadata", "Predict"]


def test_a_description_without_signatures():
    with ScriptedGrpcServer({METADATA: [MetadataResponse()]}) as one, client_of(one) as client:
        with pytest.raises(UnreadableAnswer, match="describes the model diagnosis without its signatures"):
            client.predict([{}])


@pytest.mark.parametrize("target", ["http://127.0.0.1:8500", ""])
def test_a_target_is_host_and_port(target):
    with pytest.raises(ValueError, match="Expected host and port such as"):
        GrpcClient(target, "m")


@pytest.mark.parametrize("dtype", sorted({name for name, _ in TYPES.values()} - {"string"}))
def test_numbers_come_back_from_one_block(dtype):
    array = np.array([[0, 1, 1], [1, 0, 1]], dtype)
    back = tensor_array("x", TensorProto.FromString(tensor_proto(array).SerializeToString()))
    assert (back.dtype, back.tolist()) == (np.dtype(dtype), array.tolist())


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("dtype: 1 tensor_shape { dim { size: 2 } } float_val: 0.5 float_val: -1", [0.5, -1.0]),
        ("dtype: 1 tensor_shape { dim { size: 3 } } float_val: 0.5", [0.5, 0.5, 0.5]),
        (
            "dtype: 9 tensor_shape { dim { size: 1 } dim { size: 2 } } int64_val: -1 int64_val: 9007199254740993",
            [[-1, 9007199254740993]],
        ),
        ("dtype: 10 tensor_shape { dim { size: 2 } } bool_val: true bool_val: false", [True, False]),
        ("dtype: 19 tensor_shape { dim { size: 2 } } half_val: 15360 half_val: 49152", [1.0, -2.0]),
        ("dtype: 7 tensor_shape { dim { size: 1 } } string_val: 'a\\000'", [b"a\x00"]),
        ("dtype: 1 tensor_shape { dim { size: 0 } dim { size: 2 } }", []),
    ],
)
def test_values_one_by_one_are_read(text, values):
    assert tensor_array("x", text_format.Parse(text, TensorProto())).tolist() == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dtype: 8 tensor_shape { dim { size: 1 } }", "x has TensorFlow's type number 8"),
        ("dtype: 1 tensor_shape { dim { size: 2 } } float_val: [1, 2, 3]", "x has 3 values, expected 2 for the shape"),
        ("dtype: 1 tensor_shape { dim { size: 2 } }", "x has 0 values, expected 2"),
    ],
)
def test_tensors_that_do_not_add_up_are_named(text, message):
    with pytest.raises(UnreadableAnswer, match=message):
        tensor_array("x", text_format.Parse(text, TensorProto()))
