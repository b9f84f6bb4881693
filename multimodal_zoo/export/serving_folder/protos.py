"""The messages that TensorFlow Serving reads, and their text form.

`ModelServerConfig`, `PlatformConfigMap` and `PredictionLog` are the classes of the package `tensorflow-serving-api`.
That package leaves out the batching, monitoring and session messages: they are declared here after
`tensorflow_serving/servables/tensorflow/session_bundle_config.proto`,
`tensorflow_serving/servables/tensorflow/saved_model_bundle_source_adapter.proto`,
`tensorflow_serving/config/monitoring_config.proto` and, as far as the session message needs it,
`tensorflow/core/protobuf/config.proto`, with their names and numbers. They live in a descriptor pool of their own, so
that nothing clashes should the package carry them one day.
"""

from __future__ import annotations

import functools
import importlib
from types import ModuleType
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format, wrappers_pb2
from google.protobuf.message import Message

# Of one message: its fields as (name, number, type). A type that begins with a dot is another message.
FIELDS: dict[str, tuple[tuple[str, int, str], ...]] = {
    "tensorflow.GPUOptions": (("per_process_gpu_memory_fraction", 1, "double"), ("allow_growth", 4, "bool")),
    "tensorflow.ConfigProto": (
        ("intra_op_parallelism_threads", 2, "int32"),
        ("inter_op_parallelism_threads", 5, "int32"),
        ("gpu_options", 6, ".tensorflow.GPUOptions"),
    ),
    "tensorflow.serving.BatchingParameters": (
        ("max_batch_size", 1, ".google.protobuf.Int64Value"),
        ("batch_timeout_micros", 2, ".google.protobuf.Int64Value"),
        ("max_enqueued_batches", 3, ".google.protobuf.Int64Value"),
        ("num_batch_threads", 4, ".google.protobuf.Int64Value"),
        ("thread_pool_name", 5, ".google.protobuf.StringValue"),
        ("allowed_batch_sizes", 6, "repeated int64"),
        ("pad_variable_length_inputs", 7, "bool"),
        ("enable_large_batch_splitting", 8, ".google.protobuf.BoolValue"),
        ("max_execution_batch_size", 9, ".google.protobuf.Int64Value"),
    ),
    "tensorflow.serving.SessionBundleConfig": (
        ("session_target", 1, "string"),
        ("session_config", 2, ".tensorflow.ConfigProto"),
        ("batching_parameters", 3, ".tensorflow.serving.BatchingParameters"),
        ("saved_model_tags", 6, "repeated string"),
        ("enable_model_warmup", 779, "bool"),
    ),
    "tensorflow.serving.SavedModelBundleSourceAdapterConfig": (
        ("legacy_config", 1000, ".tensorflow.serving.SessionBundleConfig"),
    ),
    "tensorflow.serving.PrometheusConfig": (("enable", 1, "bool"), ("path", 2, "string")),
    "tensorflow.serving.MonitoringConfig": (("prometheus_config", 1, ".tensorflow.serving.PrometheusConfig"),),
}

INSTALL = "pip install 'multimodal-zoo[serving]'"


@functools.cache
def pool() -> descriptor_pool.DescriptorPool:
    """The descriptor pool of the messages declared here."""
    own = descriptor_pool.DescriptorPool()
    own.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    dependencies = [wrappers_pb2.DESCRIPTOR.name]
    for package in ("tensorflow", "tensorflow.serving"):
        file = descriptor_pb2.FileDescriptorProto(
            name=f"multimodal_zoo/{package}.proto", package=package, syntax="proto3", dependency=dependencies
        )
        for full_name, fields in FIELDS.items():
            if full_name.rpartition(".")[0] == package:
                message = file.message_type.add(name=full_name.rpartition(".")[2])
                for name, number, kind in fields:
                    add_field(message, name, number, kind)
        own.AddSerializedFile(file.SerializeToString())
        dependencies.append(file.name)
    return own


def add_field(message: descriptor_pb2.DescriptorProto, name: str, number: int, kind: str) -> None:
    """Add one field, `kind` being such as `int64`, `repeated int64` or `.package.Message`."""
    field = descriptor_pb2.FieldDescriptorProto
    repeated, kind = kind.startswith("repeated "), kind.removeprefix("repeated ")
    added = message.field.add(
        name=name, number=number, label=field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
    )
    if kind.startswith("."):
        added.type, added.type_name = field.TYPE_MESSAGE, kind
    else:
        added.type = field.Type.Value(f"TYPE_{kind.upper()}")


def declared(name: str) -> type[Message]:
    """The class of a message declared in this file.

    Args:
        name: without its package, such as `BatchingParameters`.

    Returns:
        The message class.

    Raises:
        KeyError: no such message is declared.

    Example:
        >>> declared("PrometheusConfig")(enable=True).enable
        True
    """
    return message_factory.GetMessageClass(pool().FindMessageTypeByName(f"tensorflow.serving.{name}"))


def official(module: str) -> ModuleType:
    """A module of the package `tensorflow-serving-api`.

    Args:
        module: below `tensorflow_serving`, such as `config.model_server_config_pb2`.

    Returns:
        The module.

    Raises:
        ImportError: the package is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(f"tensorflow_serving.{module}")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("tensorflow_serving"):
            raise
        raise ImportError(f"The serving folder needs the package tensorflow-serving-api: {INSTALL}.") from error


def text_of(message: Message) -> str:
    """The text form of a message, what it wraps in an `Any` written out.

    Args:
        message: an official message or one declared here.

    Returns:
        The text, one field a line, with a newline at the end.
    """
    return text_format.MessageToString(message, descriptor_pool=pool())


def parse_text(text: str, kind: type[Message]) -> Any:
    """Read the text form of a message; a field that the message does not have is an error.

    Args:
        text: as `text_of` writes it; lines that begin with `#` are comments.
        kind: the class to read.

    Returns:
        The message.

    Raises:
        google.protobuf.text_format.ParseError: the text is none of `kind`.
    """
    return text_format.Parse(text, kind(), descriptor_pool=pool())
