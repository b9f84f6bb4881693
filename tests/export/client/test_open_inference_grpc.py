"""The exact messages of the Open Inference Protocol over gRPC."""

import numpy as np
import pytest
from google.protobuf import text_format

pytest.importorskip("grpc")

from export.client.grpc_server import Refuse, ScriptedGrpcServer

from multimodal_zoo.export.client import (
    Backoff,
    ModelNotFound,
    OpenInferenceGrpcClient,
    RequestRefused,
    ServerUnreachable,
    Signature,
    TensorSpec,
    UnreadableAnswer,
)
from multimodal_zoo.export.client.messages import message_class

INFER = "/inference.GRPCInferenceService/ModelInfer"
METADATA = "/inference.GRPCInferenceService/ModelMetadata"

InferRequest = message_class("inference.ModelInferRequest")
InferResponse = message_class("inference.ModelInferResponse")
MetadataRequest = message_class("inference.ModelMetadataRequest")
MetadataResponse = message_class("inference.ModelMetadataResponse")

DESCRIBED = text_format.Parse(
    """
    name: "diagnosis" platform: "tensorflow_savedmodel"
    inputs { name: "image_bytes" datatype: "BYTES" shape: -1 }
    inputs { name: "tags" datatype: "BYTES" shape: -1 shape: -1 }
    inputs { name: "age" datatype: "FP32" shape: -1 shape: 1 }
    outputs { name: "labels" datatype: "BYTES" shape: -1 }
    """,
    MetadataResponse(),
)
TYPED = text_format.Parse(
    r"""
    model_name: "diagnosis"
    outputs { name: "labels" datatype: "BYTES" shape: 2
      contents { bytes_contents: "krank" bytes_contents: "ges\303\274nd" } }
    outputs { name: "probabilities" datatype: "FP32" shape: 2 shape: 1 contents { fp32_contents: [0.5, -0.25] } }
    """,
    InferResponse(),
)
RAW = text_format.Parse(
    r"""
    outputs { name: "labels" datatype: "BYTES" shape: 2 }
    outputs { name: "probabilities" datatype: "FP32" shape: 2 shape: 1 }
    raw_output_contents: "\005\000\000\000krank\007\000\000\000ges\303\274nd"
    raw_output_contents: "\000\000\000?\000\000\200\276"
    """,
    InferResponse(),
)
ROWS = [{"labels": "krank", "probabilities": [0.5]}, {"labels": "gesünd", "probabilities": [-0.25]}]


def server(*replies):
    return ScriptedGrpcServer({METADATA: [DESCRIBED], INFER: list(replies)})


def client_of(one, **options):
    return OpenInferenceGrpcClient(
        one.target, "diagnosis", **{"timeout": 10.0, "backoff": Backoff(first=0.001), **options}
    )


def test_request_and_answer():
    with server(TYPED) as one, client_of(one, version=7) as client:
        rows = client.predict([{"image_bytes": b"\xff\x00", "tags": ["né", "b"], "age": 41}, {}])
    assert [method for method, _ in one.asked] == [METADATA, INFER]
    assert MetadataRequest.FromString(one.asked[0][1]) == MetadataRequest(name="diagnosis", version="7")
    wanted = text_format.Parse(
        r"""
        model_name: "diagnosis" model_version: "7"
        inputs { name: "image_bytes" datatype: "BYTES" shape: 2
          contents { bytes_contents: "\377\000" bytes_contents: "" } }
        inputs { name: "tags" datatype: "BYTES" shape: 2 shape: 2
          contents { bytes_contents: "n\303\251" bytes_contents: "b" bytes_contents: "" bytes_contents: "" } }
        inputs { name: "age" datatype: "FP32" shape: 2 shape: 1 contents { fp32_contents: [41, nan] } }
        """,
        InferRequest(),
    )
    assert one.asked[1][1] == wanted.SerializeToString()
    assert rows == ROWS


def test_raw_contents_are_read():
    with server(RAW) as one, client_of(one) as client:
        assert client.predict([{}, {}]) == ROWS


def test_half_floats_go_raw_and_everything_with_them():
    inputs = {one.name: one for one in (TensorSpec("report", "string", (None,)), TensorSpec("x", "float16", (None, 2)))}
    with server(RAW) as one, client_of(one, signature=Signature(inputs, {})) as client:
        client.predict([{"report": "a", "x": [1, -2]}, {}])
    request = InferRequest.FromString(one.asked[0][1])
    assert [(tensor.name, tensor.datatype, tensor.HasField("contents")) for tensor in request.inputs] == [
        ("report", "BYTES", False),
        ("x", "FP16", False),
    ]
    assert request.raw_input_contents[0] == b"\x01\x00\x00\x00a\x00\x00\x00\x00"
    np.testing.assert_array_equal(np.frombuffer(request.raw_input_contents[1], "<f2"), [1, -2, np.nan, np.nan])


@pytest.mark.parametrize(
    ("code", "kind", "asked"),
    [("NOT_FOUND", ModelNotFound, 1), ("INVALID_ARGUMENT", RequestRefused, 1), ("UNAVAILABLE", ServerUnreachable, 3)],
)
def test_statuses(code, kind, asked):
    with server(Refuse(code, "the server's words")) as one, client_of(one, retries=2) as client:
        with pytest.raises(kind, match="the server's words"):
            client.predict([{}])
    assert one.methods() == ["ModelMetadata", *["ModelInfer"] * asked]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raw_output_contents: 'ab'", "2 outputs and 1 raw contents"),
        ("raw_output_contents: 'ab' raw_output_contents: 'c'", "a has 2 bytes, expected 2 of type FP32"),
        ("", "a has 0 values, which do not fill the shape"),
    ],
)
def test_an_answer_that_does_not_add_up_is_named(text, message):
    outputs = "outputs { name: 'a' datatype: 'FP32' shape: 2 } outputs { name: 'b' datatype: 'FP32' shape: 2 }"
    with server(text_format.Parse(f"{outputs} {text}", InferResponse())) as one, client_of(one) as client:
        with pytest.raises(UnreadableAnswer, match=message):
            client.predict([{}, {}])
