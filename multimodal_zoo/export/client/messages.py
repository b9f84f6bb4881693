"""The protocol buffers of both gRPC services, as far as the clients use them.

They are built here because the published stubs of TensorFlow Serving import TensorFlow for its tensors, and because a
second copy of the same files in the process's common pool would be refused. Only the numbers and types of the fields
reach the wire; fields that are not listed here are skipped when reading.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2

Field = descriptor_pb2.FieldDescriptorProto

SCALARS = {
    "bool": Field.TYPE_BOOL,
    "bytes": Field.TYPE_BYTES,
    "double": Field.TYPE_DOUBLE,
    "float": Field.TYPE_FLOAT,
    "int32": Field.TYPE_INT32,
    "int64": Field.TYPE_INT64,
    "string": Field.TYPE_STRING,
    "uint32": Field.TYPE_UINT32,
    "uint64": Field.TYPE_UINT64,
}

# Package, message, field: (number, type). `map X` is a map from strings; an enum is an int32 on the wire.
TENSORFLOW = {
    "TensorShapeProto.Dim": {"size": (1, "int64"), "name": (2, "string")},
    "TensorShapeProto": {"dim": (2, "repeated tensorflow.TensorShapeProto.Dim"), "unknown_rank": (3, "bool")},
    "TensorProto": {
        "dtype": (1, "int32"),
        "tensor_shape": (2, "tensorflow.TensorShapeProto"),
        "tensor_content": (4, "bytes"),
        "float_val": (5, "repeated float"),
        "double_val": (6, "repeated double"),
        "int_val": (7, "repeated int32"),
        "string_val": (8, "repeated bytes"),
        "int64_val": (10, "repeated int64"),
        "bool_val": (11, "repeated bool"),
        "half_val": (13, "repeated int32"),
        "uint32_val": (16, "repeated uint32"),
        "uint64_val": (17, "repeated uint64"),
    },
    "TensorInfo": {
        "name": (1, "string"),
        "dtype": (2, "int32"),
        "tensor_shape": (3, "tensorflow.TensorShapeProto"),
    },
    "SignatureDef": {
        "inputs": (1, "map tensorflow.TensorInfo"),
        "outputs": (2, "map tensorflow.TensorInfo"),
        "method_name": (3, "string"),
    },
}

TENSORFLOW_SERVING = {
    "ModelSpec": {
        "name": (1, "string"),
        "version": (2, "google.protobuf.Int64Value"),
        "signature_name": (3, "string"),
        "version_label": (4, "string"),
    },
    "PredictRequest": {
        "model_spec": (1, "tensorflow.serving.ModelSpec"),
        "inputs": (2, "map tensorflow.TensorProto"),
        "output_filter": (3, "repeated string"),
    },
    "PredictResponse": {
        "outputs": (1, "map tensorflow.TensorProto"),
        "model_spec": (2, "tensorflow.serving.ModelSpec"),
    },
    "GetModelMetadataRequest": {
        "model_spec": (1, "tensorflow.serving.ModelSpec"),
        "metadata_field": (2, "repeated string"),
    },
    "GetModelMetadataResponse": {
        "model_spec": (1, "tensorflow.serving.ModelSpec"),
        "metadata": (2, "map google.protobuf.Any"),
    },
    "SignatureDefMap": {"signature_def": (1, "map tensorflow.SignatureDef")},
}

INFERENCE = {
    "ModelMetadataRequest": {"name": (1, "string"), "version": (2, "string")},
    "ModelMetadataResponse.TensorMetadata": {
        "name": (1, "string"),
        "datatype": (2, "string"),
        "shape": (3, "repeated int64"),
    },
    "ModelMetadataResponse": {
        "name": (1, "string"),
        "versions": (2, "repeated string"),
        "platform": (3, "string"),
        "inputs": (4, "repeated inference.ModelMetadataResponse.TensorMetadata"),
        "outputs": (5, "repeated inference.ModelMetadataResponse.TensorMetadata"),
    },
    "InferTensorContents": {
        "bool_contents": (1, "repeated bool"),
        "int_contents": (2, "repeated int32"),
        "int64_contents": (3, "repeated int64"),
        "uint_contents": (4, "repeated uint32"),
        "uint64_contents": (5, "repeated uint64"),
        "fp32_contents": (6, "repeated float"),
        "fp64_contents": (7, "repeated double"),
        "bytes_contents": (8, "repeated bytes"),
    },
    "ModelInferRequest.InferInputTensor": {
        "name": (1, "string"),
        "datatype": (2, "string"),
        "shape": (3, "repeated int64"),
        "contents": (5, "inference.InferTensorContents"),
    },
    "ModelInferRequest": {
        "model_name": (1, "string"),
        "model_version": (2, "string"),
        "id": (3, "string"),
        "inputs": (5, "repeated inference.ModelInferRequest.InferInputTensor"),
        "raw_input_contents": (7, "repeated bytes"),
    },
    "ModelInferResponse.InferOutputTensor": {
        "name": (1, "string"),
        "datatype": (2, "string"),
        "shape": (3, "repeated int64"),
        "contents": (5, "inference.InferTensorContents"),
    },
    "ModelInferResponse": {
        "model_name": (1, "string"),
        "model_version": (2, "string"),
        "id": (3, "string"),
        "outputs": (5, "repeated inference.ModelInferResponse.InferOutputTensor"),
        "raw_output_contents": (6, "repeated bytes"),
    },
}

PACKAGES = {"tensorflow": TENSORFLOW, "tensorflow.serving": TENSORFLOW_SERVING, "inference": INFERENCE}


def private_pool() -> descriptor_pool.DescriptorPool:
    """The messages in a pool of their own, out of the way of TensorFlow's."""
    pool = descriptor_pool.DescriptorPool()
    imported = [any_pb2.DESCRIPTOR, wrappers_pb2.DESCRIPTOR]
    for file in imported:
        pool.AddSerializedFile(file.serialized_pb)
    names = [file.name for file in imported]
    for package, messages in PACKAGES.items():
        file = descriptor_pb2.FileDescriptorProto(name=f"multimodal_zoo/{package}.proto", package=package)
        file.syntax = "proto3"
        file.dependency.extend(names)
        built: dict[str, descriptor_pb2.DescriptorProto] = {}
        # A nested message stands after the one around it, whatever the order of the table.
        for name in sorted(messages):
            around, _, own = name.rpartition(".")
            built[name] = (built[around].nested_type if around else file.message_type).add(name=own)
        for name, fields in messages.items():
            for field, (number, kind) in fields.items():
                add_field(built[name], f"{package}.{name}", field, number, kind)
        pool.AddSerializedFile(file.SerializeToString())
        names.append(file.name)
    return pool


def add_field(message: descriptor_pb2.DescriptorProto, full_name: str, name: str, number: int, kind: str) -> None:
    """Add a field of a scalar, a message, a list of either, or a map from strings to messages."""
    shape, _, of = kind.rpartition(" ")
    field = message.field.add(name=name, number=number)
    field.label = Field.LABEL_REPEATED if shape else Field.LABEL_OPTIONAL
    if shape == "map":
        entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        add_field(entry, full_name, "key", 1, "string")
        add_field(entry, full_name, "value", 2, of)
        of = f"{full_name}.{entry.name}"
    if of in SCALARS:
        field.type = SCALARS[of]
    else:
        field.type, field.type_name = Field.TYPE_MESSAGE, f".{of}"


POOL = private_pool()


def message_class(full_name: str) -> Any:
    r"""The class of a message.

    Args:
        full_name: package and message, such as `tensorflow.serving.PredictRequest`.

    Raises:
        KeyError: there is none of that name.

    Example:
        >>> message_class("tensorflow.serving.ModelSpec")(name="deepfm").SerializeToString()
        b'\n\x06deepfm'
    """
    return message_factory.GetMessageClass(POOL.FindMessageTypeByName(full_name))
