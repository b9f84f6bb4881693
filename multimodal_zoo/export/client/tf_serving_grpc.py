"""TensorFlow Serving over gRPC."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import grpc
import numpy as np

from multimodal_zoo.export.client.errors import ModelNotFound, UnreadableAnswer
from multimodal_zoo.export.client.grpc_channel import GrpcChannel
from multimodal_zoo.export.client.messages import message_class
from multimodal_zoo.export.client.prediction_client import SignaturesClient
from multimodal_zoo.export.client.retries import Backoff, Deadline
from multimodal_zoo.export.client.signatures import Signature, TensorSpec
from multimodal_zoo.export.client.tf_serving_rest import no_signature

SERVICE = "/tensorflow.serving.PredictionService"
SIGNATURES_FIELD = "signature_def"

TensorProto = message_class("tensorflow.TensorProto")
PredictRequest = message_class("tensorflow.serving.PredictRequest")
PredictResponse = message_class("tensorflow.serving.PredictResponse")
MetadataRequest = message_class("tensorflow.serving.GetModelMetadataRequest")
MetadataResponse = message_class("tensorflow.serving.GetModelMetadataResponse")
SignatureDefMap = message_class("tensorflow.serving.SignatureDefMap")

# TensorFlow's numbers of the types, with the field that holds values one by one.
TYPES = {
    1: ("float32", "float_val"),
    2: ("float64", "double_val"),
    3: ("int32", "int_val"),
    4: ("uint8", "int_val"),
    5: ("int16", "int_val"),
    6: ("int8", "int_val"),
    7: ("string", "string_val"),
    9: ("int64", "int64_val"),
    10: ("bool", "bool_val"),
    17: ("uint16", "int_val"),
    19: ("float16", "half_val"),
    22: ("uint32", "uint32_val"),
    23: ("uint64", "uint64_val"),
}
NUMBERS = {name: number for number, (name, _) in TYPES.items()}


class GrpcClient(SignaturesClient):
    """Ask a model on TensorFlow Serving over gRPC.

    Args:
        target: host and port of the server, such as `127.0.0.1:8500`.
        model: the name of the model.
        version: number of a version; the server's newest without it.
        label: version label such as `stable`; not together with `version`.
        timeout: seconds for a whole call: description, request, waits and further attempts.
        retries: further attempts, only after UNAVAILABLE and RESOURCE_EXHAUSTED.
        backoff: the waits between attempts.
        headers: metadata sent with every call, names in lower case.
        credentials: for TLS; plain text without them.
        signatures: what the model takes and gives, where it is known; otherwise the server is asked once.

    Raises:
        ValueError: no host, `version` together with `label`, a timeout of 0, retries below 0.

    Example:
        >>> client = GrpcClient("127.0.0.1:8500", "lstnet_diagnosis", label="stable", timeout=2.0)
        >>> client.predict([{"image_bytes": b"...", "report": "text"}, {"report": "no image"}])
    """

    def __init__(
        self,
        target: str,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        timeout: float = 10.0,
        retries: int = 3,
        backoff: Backoff | None = None,
        headers: Mapping[str, str] | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        signatures: Mapping[str, Signature] | None = None,
    ) -> None:
        super().__init__(model, timeout, retries, backoff, signatures)
        if version is not None and label is not None:
            raise ValueError(f"Give a version ({version!r}) or a label ({label!r}), not both.")
        self._version, self._label = version, label
        self._channel = GrpcChannel(target, headers, credentials)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _name_model(self, spec: Any, signature_name: str = "") -> None:
        spec.name, spec.signature_name = self.model, signature_name
        if self._version is not None:
            spec.version.value = self._version
        if self._label is not None:
            spec.version_label = self._label

    def _describe(self, signature_name: str, deadline: Deadline) -> Signature:
        request = MetadataRequest(metadata_field=[SIGNATURES_FIELD])
        self._name_model(request.model_spec)
        answer = self._channel.call(f"{SERVICE}/GetModelMetadata", request, MetadataResponse, deadline, self._retries)
        if SIGNATURES_FIELD not in answer.metadata:
            raise UnreadableAnswer(f"{self._channel.target} describes the model {self.model} without its signatures.")
        signatures = SignatureDefMap.FromString(answer.metadata[SIGNATURES_FIELD].value).signature_def
        if signature_name not in signatures:
            raise ModelNotFound(no_signature(self.model, signature_name, signatures))
        found = signatures[signature_name]
        return Signature(tensor_specs(found.inputs), tensor_specs(found.outputs))

    def _ask(
        self, columns: dict[str, np.ndarray], signature_name: str, signature: Signature, deadline: Deadline
    ) -> dict[str, Any]:
        request = PredictRequest()
        self._name_model(request.model_spec, signature_name)
        for name, column in columns.items():
            request.inputs[name].CopyFrom(tensor_proto(column))
        answer = self._channel.call(f"{SERVICE}/Predict", request, PredictResponse, deadline, self._retries)
        return {name: tensor_array(name, proto).tolist() for name, proto in answer.outputs.items()}


def tensor_specs(described: Mapping[str, Any]) -> dict[str, TensorSpec]:
    """Tensors out of a signature's inputs or outputs."""
    specs = {}
    for name, tensor in described.items():
        shape = tensor.tensor_shape
        known = None if shape.unknown_rank else tuple(None if dim.size < 0 else dim.size for dim in shape.dim)
        specs[name] = TensorSpec(name, TYPES.get(tensor.dtype, (str(tensor.dtype), ""))[0], known)
    return specs


def tensor_proto(array: np.ndarray) -> Any:
    """An array as TensorFlow's message: strings one by one, numbers as one block, little end first.

    Example:
        >>> tensor_proto(np.array(["text"], object)).string_val
        [b'text']
    """
    proto = TensorProto()
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    if array.dtype == object:
        proto.dtype = NUMBERS["string"]
        proto.string_val.extend(one.encode("utf-8") if isinstance(one, str) else one for one in array.ravel())
    else:
        proto.dtype = NUMBERS[array.dtype.name]
        proto.tensor_content = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return proto


def tensor_array(name: str, proto: Any) -> np.ndarray:
    """TensorFlow's message as an array, of objects for strings.

    Raises:
        UnreadableAnswer: a type that has no counterpart, or another number of values than the shape has.
    """
    if proto.dtype not in TYPES:
        raise UnreadableAnswer(f"The output {name} has TensorFlow's type number {proto.dtype}, which no client reads.")
    dtype, field = TYPES[proto.dtype]
    shape = tuple(dim.size for dim in proto.tensor_shape.dim)
    size = math.prod(shape)
    values = getattr(proto, field)
    if dtype == "string":
        flat = np.empty(len(values), dtype=object)
        flat[:] = list(values)
    elif proto.tensor_content:
        flat = np.frombuffer(proto.tensor_content, np.dtype(dtype).newbyteorder("<"))
    elif dtype == "float16":
        flat = np.array(values, "uint16").view("float16")
    else:
        flat = np.array(values, dtype)
    # TensorFlow may leave out values that repeat the last one.
    if 0 < len(flat) < size:
        flat = np.concatenate([flat, np.repeat(flat[-1:], size - len(flat))])
    if len(flat) != size:
        raise UnreadableAnswer(f"The output {name} has {len(flat)} values, expected {size} for the shape {shape}.")
    return flat.reshape(shape)
