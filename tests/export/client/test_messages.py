"""What the clients write, the published stubs read as the same message, and the other way round."""

import numpy as np
import pytest

pytest.importorskip("grpc")

from multimodal_zoo.export.client import open_inference_grpc, tf_serving_grpc
from multimodal_zoo.export.client.messages import PACKAGES, message_class

COLUMNS = {
    "image_bytes": np.array([b"\xff\x00", b""], object),
    "tags": np.array([["né", "b"], ["", ""]], object),
    "age": np.array([[41.0], [np.nan]], "float32"),
}


def differences(ours, theirs):
    """Fields of ours that are not in theirs under the same number, type and label; an enum counts as an int32."""
    wrong = []
    for field in ours.fields:
        other = theirs.fields_by_name.get(field.name)
        kinds = {other.type} | ({field.TYPE_INT32} if other.type == field.TYPE_ENUM else set()) if other else set()
        if other is None or other.number != field.number or field.type not in kinds:
            wrong.append(field.full_name)
        elif other.is_repeated != field.is_repeated:
            wrong.append(field.full_name)
        elif field.message_type:
            wrong += differences(field.message_type, other.message_type)
    return wrong


@pytest.fixture(scope="module")
def serving():
    pytest.importorskip("tensorflow_serving.apis", reason="needs tensorflow-serving-api")
    from tensorflow.core.framework import tensor_pb2
    from tensorflow.core.protobuf import meta_graph_pb2
    from tensorflow_serving.apis import get_model_metadata_pb2, model_pb2, predict_pb2

    return {
        name: getattr(module, name)
        for module, names in {
            tensor_pb2: ["TensorProto"],
            meta_graph_pb2: ["SignatureDef", "TensorInfo"],
            model_pb2: ["ModelSpec"],
            predict_pb2: ["PredictRequest", "PredictResponse"],
            get_model_metadata_pb2: ["GetModelMetadataRequest", "GetModelMetadataResponse", "SignatureDefMap"],
        }.items()
        for name in names
    }


@pytest.fixture(scope="module")
def inference():
    try:
        from tritonclient.grpc import service_pb2
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"needs tritonclient[grpc]: {error}")
    return service_pb2


def test_the_fields_of_tensorflow_serving_are_its_own(serving):
    for package in ("tensorflow", "tensorflow.serving"):
        for name in PACKAGES[package]:
            if not name.startswith("TensorShapeProto"):
                assert differences(message_class(f"{package}.{name}").DESCRIPTOR, serving[name].DESCRIPTOR) == []


def test_tensorflow_serving_reads_a_request_as_meant(serving):
    import tensorflow as tf

    request = tf_serving_grpc.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "diagnosis", "embed"
    request.model_spec.version.value = 7
    for name, column in COLUMNS.items():
        request.inputs[name].CopyFrom(tf_serving_grpc.tensor_proto(column))
    read = serving["PredictRequest"].FromString(request.SerializeToString())
    assert (read.model_spec.name, read.model_spec.signature_name) == ("diagnosis", "embed")
    assert (read.model_spec.version.value, read.model_spec.WhichOneof("version_choice")) == (7, "version")
    assert sorted(read.inputs) == sorted(COLUMNS)
    assert tf.make_ndarray(read.inputs["image_bytes"]).tolist() == [b"\xff\x00", b""]
    assert tf.make_ndarray(read.inputs["tags"]).tolist() == [["né".encode(), b"b"], [b"", b""]]
    np.testing.assert_array_equal(tf.make_ndarray(read.inputs["age"]), COLUMNS["age"])
    # And nothing in it is unknown to them: written by them, it is the same message again.
    assert tf_serving_grpc.PredictRequest.FromString(read.SerializeToString()) == request


def test_an_answer_of_tensorflow_serving_is_read_as_meant(serving):
    import tensorflow as tf

    answer = serving["PredictResponse"]()
    values = {
        "labels": np.array([b"sick", b"well"]),
        "probabilities": np.array([[0.25, 0.75], [0.5, 0.5]], "float32"),
        "undecodable": np.array([[True], [False]]),
        "ids": np.array([2**40, -1]),
    }
    for name, value in values.items():
        answer.outputs[name].CopyFrom(tf.make_tensor_proto(value))
    read = tf_serving_grpc.PredictResponse.FromString(answer.SerializeToString())
    assert {name: tf_serving_grpc.tensor_array(name, proto).tolist() for name, proto in read.outputs.items()} == {
        name: value.tolist() for name, value in values.items()
    }


def test_a_description_of_tensorflow_serving_is_read_as_meant(serving):
    theirs = serving["SignatureDefMap"]()
    tensor = theirs.signature_def["serving_default"].inputs["tags"]
    tensor.name, tensor.dtype = "tags:0", 7
    tensor.tensor_shape.dim.add(size=-1)
    tensor.tensor_shape.dim.add(size=4)
    answer = serving["GetModelMetadataResponse"]()
    answer.metadata["signature_def"].Pack(theirs)
    read = tf_serving_grpc.MetadataResponse.FromString(answer.SerializeToString())
    ours = tf_serving_grpc.SignatureDefMap.FromString(read.metadata["signature_def"].value)
    specs = tf_serving_grpc.tensor_specs(ours.signature_def["serving_default"].inputs)
    assert {name: (spec.dtype, spec.shape) for name, spec in specs.items()} == {"tags": ("string", (None, 4))}


def test_the_json_of_a_description_is_read_as_meant(serving):
    """The REST interface prints the signatures with the names of the proto and every field that is empty."""
    import json

    from google.protobuf import json_format

    from multimodal_zoo.export.client.tf_serving_rest import tensor_specs

    theirs = serving["SignatureDefMap"]()
    for name, dtype, sizes in (("tags", 7, (-1, -1)), ("age", 1, (-1, 1))):
        tensor = theirs.signature_def["serving_default"].inputs[name]
        tensor.name, tensor.dtype = f"{name}:0", dtype
        for size in sizes:
            tensor.tensor_shape.dim.add(size=size)
    theirs.signature_def["serving_default"].inputs["any"].tensor_shape.unknown_rank = True
    text = json_format.MessageToJson(
        theirs, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    specs = tensor_specs(json.loads(text)["signature_def"]["serving_default"]["inputs"])
    assert {name: (spec.dtype, spec.shape) for name, spec in specs.items()} == {
        "tags": ("string", (None, None)),
        "age": ("float32", (None, 1)),
        "any": ("DT_INVALID", None),
    }


def test_the_fields_of_the_open_inference_protocol_are_its_own(inference):
    for name in PACKAGES["inference"]:
        if "." not in name:
            theirs = getattr(inference, name).DESCRIPTOR
            assert differences(message_class(f"inference.{name}").DESCRIPTOR, theirs) == []


def test_the_open_inference_protocol_reads_a_request_as_meant(inference):
    request = open_inference_grpc.infer_request(COLUMNS, "diagnosis", "7")
    read = inference.ModelInferRequest.FromString(request.SerializeToString())
    assert (read.model_name, read.model_version) == ("diagnosis", "7")
    assert [(one.name, one.datatype, list(one.shape)) for one in read.inputs] == [
        ("image_bytes", "BYTES", [2]),
        ("tags", "BYTES", [2, 2]),
        ("age", "FP32", [2, 1]),
    ]
    assert list(read.inputs[1].contents.bytes_contents) == ["né".encode(), b"b", b"", b""]
    np.testing.assert_array_equal(read.inputs[2].contents.fp32_contents, [41.0, np.nan])
    assert open_inference_grpc.InferRequest.FromString(read.SerializeToString()).SerializeToString(
        deterministic=True
    ) == request.SerializeToString(deterministic=True)
